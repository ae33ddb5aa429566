/* SPDX-License-Identifier: MIT */
/* What the xva_*.c files share among themselves; nothing else includes it. */
#pragma once

#include "backends/xva/xva.h"

#include <sys/types.h>

#define XVA_BLOCK ((size_t)1 << 20) /* the most that a block of a disk holds */
#define XVA_DOCUMENT_MAX ((size_t)64 << 20)
#define XVA_NUMBER_MAX 99999999 /* eight digits */

/* ---- xva_stream.c: bytes, perhaps compressed -------------------------------------------------- */

/*
 * Waits until the descriptor can be read from, or written to, and asks meanwhile whether to stop: a
 * pipe may stand still for ever. @watch may be NULL.
 */
int stream_wait(
	int fd, short events, const struct xva_watch *watch, struct vxe_error *err) _must_check_;

struct xva_out;
int out_open(struct xva_out **ret, int fd, enum xva_compression how, struct vxe_error *err);
/* Who is asked; borrowed. */
void out_watch(struct xva_out *o, const struct xva_watch *watch);
int out_write(struct xva_out *o, const void *data, size_t n, struct vxe_error *err) _must_check_;
/* Everything is with the kernel when this returns 0. */
int out_finish(struct xva_out *o, struct vxe_error *err) _must_check_;
void out_free(struct xva_out *o);
DEFINE_CLEANUP(struct xva_out *, out_free)

struct xva_in;
/* Finds out how the stream is compressed; IMPORT_ERROR when it is nothing known. */
int in_open(struct xva_in **ret, int fd, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;
void in_watch(struct xva_in *in, const struct xva_watch *watch);
/* As many bytes as there are, at most @n: fewer only at the end, where that is a good one. */
int in_read(
	struct xva_in *in, void *buf, size_t n, size_t *ret, struct vxe_error *err) _must_check_;
/* To the end, with its verdict; what comes there is dropped, but not without limit. */
int in_drain(struct xva_in *in, struct vxe_error *err) _must_check_;
/* Position in the uncompressed stream, for messages. */
uint64_t in_offset(const struct xva_in *in);
void in_free(struct xva_in *in);
DEFINE_CLEANUP(struct xva_in *, in_free)

/* ---- xva_tar.c: members ----------------------------------------------------------------------- */

#define TAR_RECORD 512
#define TAR_NAME_MAX 255

/* A header for a plain file. */
void tar_header(const char *name, uint64_t size, int64_t mtime, unsigned char ret[TAR_RECORD]);

struct tar_member {
	char name[TAR_NAME_MAX + 1];
	uint64_t size;	 /* not checked */
	uint64_t offset; /* of the header, for messages */
};
/* True when this can be the first record of a tar stream. */
bool tar_is_header(const unsigned char record[TAR_RECORD]);
/*
 * The next plain file, with what precedes its header taken in: 1; 0 at the end mark or at an end of
 * the stream in its place (*marked false); -1 for everything that has no place in an archive.
 */
int tar_next(struct xva_in *in, struct tar_member *ret, bool *marked,
	struct vxe_error *err) _must_check_;
/* The content of the member, wholly, and the padding behind it. */
int tar_content(struct xva_in *in, const struct tar_member *m, void *buf,
	struct vxe_error *err) _must_check_;

/* ---- xva_sum.c: checksums --------------------------------------------------------------------- */

#define SUM_TEXT_MAX 40
/* The kinds of checksum, by the suffix of their member's name. NULL: no such kind. */
struct sum_kind {
	const char *suffix;
	size_t length; /* of the text */
	void (*text)(const void *data, size_t n, char ret[SUM_TEXT_MAX + 1]);
};
extern const struct sum_kind sum_xxhash;
const struct sum_kind *sum_by_suffix(const char *suffix);

/* ---- xva_image.c: the content of an image ----------------------------------------------------- */

struct xva_image;
/* Through a child that alone understands the format; @size is checked. */
int image_io_open(struct xva_image **ret, const char *path, const char *format, int64_t size,
	bool writable, struct vxe_error *err) _must_check_;
/*
 * How much from @offset on is of one kind: *zero when it reads as zeros without being looked at.
 */
int image_io_extent(struct xva_image *i, int64_t offset, int64_t *length, bool *zero,
	struct vxe_error *err) _must_check_;
/* One read of several that are under way; it and its buffer outlive the image or the read. */
struct image_read {
	int64_t number; /* the caller's */
	size_t n;
	void *buf;
	bool done;
	int error; /* errno */
};
/* Asks for @r->n bytes at @offset; image_io_await() returns when they are there. */
int image_io_begin(struct xva_image *i, struct image_read *r, int64_t offset,
	struct vxe_error *err) _must_check_;
int image_io_await(struct xva_image *i, struct image_read *r, struct vxe_error *err) _must_check_;
int image_io_write(struct xva_image *i, const void *buf, size_t n, int64_t offset,
	struct vxe_error *err) _must_check_;
/* Syncs what was written and waits for the child. */
int image_io_finish(struct xva_image *i, struct vxe_error *err) _must_check_;
void image_io_free(struct xva_image *i); /* accepts NULL; what was written may be lost */
DEFINE_CLEANUP(struct xva_image *, image_io_free)

/* ---- xva_ova.c -------------------------------------------------------------------------------- */

/*
 * The tree of a document; IMPORT_ERROR for what is not well-formed, too deep, or has a DOCTYPE. @watch
 * (may be NULL) is asked again and again whether to go on.
 */
int ova_parse(const char *text, size_t n, const struct xva_watch *watch, struct ova **ret,
	struct vxe_error *err) _must_check_;

/* ---- xva_read.c, xva_write.c ------------------------------------------------------------------ */

bool all_zero(const void *data, size_t n);
int archive_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watch,
	struct vxe_error *err);
