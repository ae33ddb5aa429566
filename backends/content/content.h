/* SPDX-License-Identifier: MIT */
/*
 * Content: what lies at a place, an image file or a block device. This header is the only door to it: no other room opens,
 * looks at, locks, freezes or removes an image by its path. What an image holds for a guest (layers, merges, copies) is
 * made in objects/disks/images, by these functions and qemu-img.
 *
 * A call of the program has one table of contents. What is read is opened once and stays open, so that whatever is asked
 * of an image is asked of the same file, and an image costs one open however many functions look at it. What lies at a
 * place may be replaced by something else; each function looks whether it is still the same, and opens it again if not.
 * Nothing is remembered of what was read: a header is read anew each time, through the same descriptor.
 *
 * One thread at a time uses a table. Unless something else is said, functions return 0, or -1 with
 * VXE_IMAGE_FAILED(place, message). Formats are "raw" and "qcow2", are given by the caller, and are never probed.
 */
#pragma once

#include "objects/base/content_facts.h"
#include "objects/base/error.h"

#include <stdint.h>

/* ---- the table ------------------------------------------------------------------------------- */

struct content;
/* A new table of contents; returns the content of "/" in it. */
struct content *contents_new(void);
/* Closes everything in the table of @any, and frees the table; accepts NULL. */
void contents_free(struct content *any);
DEFINE_CLEANUP(struct content *, contents_free)
#define _cleanup_contents_ _cleanup_(contents_free_cleanup)
/*
 * Closes all descriptors in the table of @any, as before a file system is unmounted or a device is given up. What is
 * asked of next is opened again.
 */
void contents_close(struct content *any);
/*
 * What lies at @place, or will lie there; in the table of @any. A place is an absolute path, or a text of that form by
 * which its kind of content knows it. Opens nothing and does not fail: that a
 * place is empty or cannot be opened is an error of the functions below. Valid as long as the table.
 */
struct content *content_at(const struct content *any, const char *place);
const char *content_place(const struct content *c);

/* ---- names ----------------------------------------------------------------------------------- */

/*
 * How QEMU and libvirt name what lies, or will lie, at @place: decided by the text alone. content_name_clear() frees
 * it.
 */
void content_name(const char *place, struct content_name *ret);
/*
 * The place that others name so; NULL: none that vxe knows. Goes by @name->protocol, or, without one, by the text, which
 * the header of the image at @at has: a path may be relative to the folder of that. Owned.
 */
char *content_named(const char *at, const struct content_name *name);
/*
 * How a program of QEMU opens what lies there, without a look at its format: the JSON of the "file" of a blockdev's
 * options. With @held without locks, because the caller has them (content_hold()). Owned.
 */
char *content_qemu_file(struct content *c, bool held);

/* ---- facts ----------------------------------------------------------------------------------- */

/* What is known of the content; it is no failure if nothing lies there. */
int content_stat(struct content *c, struct content_stat *ret, struct vxe_error *err) _must_check_;
/* Reads up to @n bytes at @offset, fewer at the end. Returns the number of bytes, or -1. */
ssize_t content_pread(
	struct content *c, void *buf, size_t n, int64_t offset, struct vxe_error *err) _must_check_;
/* The size that a guest sees: for "qcow2" and "vpc" that in the header, for "raw" that of the file or device. */
int content_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;

/* Reads the header. Returns 1: read, 0: it is no qcow2 image, -1: failure. Takes no lock. */
int content_read(struct content *c, struct content_header *ret, struct vxe_error *err) _must_check_;

enum content_vet {
	VET_USE,   /* vxe can use the image: VXE_FOREIGN_IMAGE(file, reason) */
	VET_ALONE, /* VET_USE, and it needs no other file; "vpc" images can be vetted so, too */
	/*
	 * ... and it may be frozen, or get a layer on it: not marked as corrupt (VXE_IMAGE_DAMAGED), and its header says
	 * the format of the file below (VXE_FORMAT_MISSING). Dirty passes.
	 */
	VET_BASE,
	/*
	 * the image is neither dirty nor corrupt, because QEMU would write to it without a repair:
	 * VXE_IMAGE_DAMAGED
	 */
	VET_SOUND,
	/*
	 * A child may open it with all that lies below it: everything that has qemu-img or qemu-nbd read an image asks
	 * for this first. QEMU then opens exactly these files in these formats; it would look into a file whose format a
	 * header does not say (VXE_FORMAT_MISSING(file, backing)).
	 */
	VET_CHAIN,
	/* of VET_CHAIN only VXE_FORMAT_MISSING: the chain may have files of kinds that vxe does not read */
	VET_FORMATS,
};
/* Decides what may be done with an image; nothing else does. Raw images pass. */
int content_vet(struct content *c, const char *format, enum content_vet what,
	struct vxe_error *err) _must_check_;

/*
 * 1: read (n may be 0); 0: not a qcow2 image; -1. Takes no lock. With @key only the snapshot that has it, and a failure
 * when the image has it no more. Whoever reads its content asks again afterwards: as long as the entry is there, QEMU
 * changes no cluster of the snapshot, also under a running guest; but another program may delete it meanwhile.
 */
int content_snapshots(struct content *c, const char *key, struct content_snapshots *ret,
	struct vxe_error *err) _must_check_;

/*
 * Reads the header, and adds the absolute paths of the files that it names: the backing file and the external data file of a
 * qcow2 image, the backing file of a QED image, the parent and the extents of a VMDK image. None if it is no such image,
 * or nothing lies there any more. In doubt a file counts as named. *ret_next: the backing file if the header says that it
 * is a qcow2 image in turn, else NULL; owned.
 */
int content_names(
	struct content *c, struct strv *names, char **ret_next, struct vxe_error *err) _must_check_;
/* The bytes that an ordinary user can still write where it lies; for a folder, in its file system. */
int content_free_space(struct content *c, int64_t *ret, struct vxe_error *err) _must_check_;

/* ---- who uses it ----------------------------------------------------------------------------- */

enum content_use {
	USE_ANY, /* a process has any of QEMU's locks on it */
	/*
	 * A process has it open for writing. This can be a QEMU whose guest has no disk on it: the image was added to
	 * QEMU and never used, or was the target of a cancelled merge.
	 */
	USE_WRITER,
};
int content_in_use(
	struct content *c, enum content_use what, bool *ret, struct vxe_error *err) _must_check_;
/*
 * A descriptor; until it is closed no QEMU can open the image for writing, but one that asks for no locks. Fails when
 * somebody has it open for writing, or the file system has no such locks.
 */
int content_hold(struct content *c, struct vxe_error *err) _must_check_;

/* ---- changes --------------------------------------------------------------------------------- */

/*
 * Makes an image that only its owner can use, usually as a draft (file_draft.h); nothing may lie there. It begins with the @n
 * @bytes and has at least @size bytes; both may be 0. Not synced. A descriptor of it, the caller's, of a file for writing.
 * On failure nothing is left.
 */
int content_create(struct content *c, const void *bytes, size_t n, int64_t size,
	struct vxe_error *err) _must_check_;
/* A draft that is complete and is to become the image at its place. */
struct content_draft {
	struct content *at; /* the place; the draft's name is draft_path() of it */
	int fd; /* descriptor of content_create(); -1: content_finish() opens the draft */
	/*
	 * The image gets this owner and these permissions, and its owner may read and write it; NULL: they stay as
	 * they are.
	 */
	const struct content_stat *like;
	bool placed; /* result: the draft has become the image */
};
/*
 * Gives all of them their owners, syncs them, gives each its place, where nothing may lie, and makes that last. On
 * failure some may have their places.
 */
int content_finish(struct content_draft *d, size_t n, struct vxe_error *err) _must_check_;
enum content_room {
	ROOM_AGAIN, /* the first @end bytes, which exist, can be written again without more disk space */
	/*
	 * A raw image can become @end bytes long: QEMU makes a file longer itself, but nothing that it reaches through a
	 * server. That it is longer is no failure; synced.
	 */
	ROOM_LENGTH,
};
/* Reserves that disk space before QEMU needs it. Changes no byte. */
int content_reserve(
	struct content *c, enum content_room what, int64_t end, struct vxe_error *err) _must_check_;
/*
 * Removes all write bits; *old_mode: the mode before. Synced. Does nothing on devices. With @old_mode NULL only asks
 * whether it could: the file may be somebody else's (root is nobody on an export with root_squash); that changes
 * nothing but the time of the inode.
 */
int content_freeze(struct content *c, mode_t *old_mode, struct vxe_error *err) _must_check_;
/* Sets the mode and syncs it. Does nothing on devices. */
int content_thaw(struct content *c, mode_t mode, struct vxe_error *err) _must_check_;
/* Syncs the content, then the folder that names it. */
int content_sync(struct content *c, struct vxe_error *err) _must_check_;
/* Removes the content and its drafts (file_draft.h), and syncs the folder; it is no failure if nothing lies there. */
int content_remove(struct content *c, struct vxe_error *err) _must_check_;
