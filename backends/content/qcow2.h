/* SPDX-License-Identifier: MIT */
/* Headers of qcow2 images. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

struct qcow2_header {
	int64_t virtual_size; /* bytes */
	char *backing;	      /* as written, usually relative; NULL: none */
	char *backing_format; /* NULL: not recorded */
	char *data_file;      /* external data file's name; NULL: none */
	bool encrypted;
	bool dirty, corrupt;	 /* incompatible feature bits */
	bool unknown;		 /* it needs features that vxe does not know */
	int snapshots;		 /* internal ones */
	uint64_t snapshot_table; /* offset; see qcow2_snapshots_read() */
	int bitmaps;		 /* consistent ones: QEMU drops the others */
	int version;
	int64_t cluster_size; /* bytes */
};
void qcow2_header_clear(struct qcow2_header *h);
#define _cleanup_header_ _cleanup_(qcow2_header_clear)

/* What a header says of the state of its image, the worst that it says. */
enum qcow2_state {
	QCOW2_SOUND,
	/*
	 * The QEMU that wrote to it has died, or writes to it now, and counts the clusters in use later. It reads as it
	 * should. What QEMU opens for writing it repairs first; but a file that it has opened for reading and then
	 * writes to (the target of a merge) it does not, and puts new data where others are.
	 */
	QCOW2_DIRTY,
	QCOW2_CORRUPT, /* QEMU has found damage, and refuses to write to it */
	QCOW2_FOREIGN, /* vxe cannot use it at all */
};
/*
 * The one judge of a header. @path is the image's own; *reason: text that follows its name, NULL when it is sound;
 * constant.
 */
enum qcow2_state qcow2_judge(
	const struct qcow2_header *h, const char *path, const char **reason) _must_check_;

/* 1: read; 0: not a qcow2 file; -1 with VXE_IMAGE_FAILED(file, message). Takes no lock. */
int qcow2_read(struct content *c, struct qcow2_header *ret, struct vxe_error *err) _must_check_;
/*
 * Refuses images that qcow2_judge() calls foreign, and those with a backing file (unless @backing_allowed):
 * VXE_FOREIGN_IMAGE(file, reason). Raw files pass.
 */
int image_vet(struct content *c, const char *format, bool backing_allowed,
	struct vxe_error *err) _must_check_;
/* As image_vet(), with a backing file allowed; *ret: the header, empty for a raw file. */
int image_vet_header(struct content *c, const char *format, struct qcow2_header *ret,
	struct vxe_error *err) _must_check_;

/* As qcow2_read(), on an open file; @path is for messages. */
int qcow2_read_fd(
	int fd, const char *path, struct qcow2_header *ret, struct vxe_error *err) _must_check_;

/*
 * Reads all @n bytes at @offset; returns NULL, or an error text, which stays valid until the next
 * call into libc.
 */
const char *qcow2_read_exactly(int fd, void *buf, size_t n, uint64_t offset) _must_check_;
