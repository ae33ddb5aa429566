/* SPDX-License-Identifier: MIT */
/*
 * Disk image files: qemu-img as a child with explicit formats, qcow2 headers read and empty images
 * written in-process, write bits, locks, syncing. Paths are absolute. Formats are never probed.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* ---- header --------------------------------------------------------------------------------- */

struct qcow2_header {
	int64_t virtual_size; /* bytes */
	char *backing;	      /* as written, usually relative; NULL: none */
	char *backing_format; /* NULL: not recorded */
	char *data_file;      /* external data file's name; NULL: none */
	bool encrypted;
	bool dirty, corrupt;	 /* incompatible feature bits */
	int snapshots;		 /* internal ones */
	uint64_t snapshot_table; /* offset; see qcow2_snapshots_read() */
	int bitmaps;
	int version;
	int64_t cluster_size; /* bytes */
};
void qcow2_header_clear(struct qcow2_header *h);
#define _cleanup_header_ _cleanup_(qcow2_header_clear)

/* 1: read; 0: not a qcow2 file; -1 with VXE_IMAGE_FAILED(file, message). Takes no lock. */
int qcow2_read(const char *path, struct qcow2_header *ret, struct vxe_error *err) _must_check_;

/*
 * An internal snapshot: content that lies beside the image's own, in the same file. It is how virsh and
 * virt-manager make snapshots of their own accord.
 */
struct qcow2_snapshot {
	char *name;	/* as it stands there, cut to 255 bytes; may hold anything */
	int64_t time;	/* seconds since 1970 */
	int64_t memory; /* bytes of the guest's memory; 0: the disk alone */
};
struct qcow2_snapshots {
	size_t n;
	struct qcow2_snapshot *items;
	uint64_t sum; /* over the whole table: another one when any member of it is another */
};
void qcow2_snapshots_clear(struct qcow2_snapshots *s);
#define _cleanup_snapshots_ _cleanup_(qcow2_snapshots_clear)
/* 1: read, none is n = 0; 0: not a qcow2 file; -1 with VXE_IMAGE_FAILED. Takes no lock. */
int qcow2_snapshots_read(
	const char *path, struct qcow2_snapshots *ret, struct vxe_error *err) _must_check_;
/* What a header shall say of a file's name, absolute or relative; owned by the caller. */
char *image_backing_name(const char *file);
/* The absolute path that a header's backing name means for the file at @path. NULL for protocols. */
char *image_backing_path(const char *path, const char *backing);
/*
 * Refuses images that lead elsewhere: a backing file unless @backing_allowed, an external data
 * file, encryption, protocol names: VXE_FOREIGN_IMAGE(file, reason). Raw files pass.
 */
int image_vet(const char *path, const char *format, bool backing_allowed,
	struct vxe_error *err) _must_check_;

/* ---- making and merging -------------------------------------------------------------------- */

struct image_overlay {
	const char *path;    /* to make; must not exist */
	const char *backing; /* as it shall stand in the header: relative inside one directory */
	const char *backing_format; /* "qcow2" or "raw" */
	int64_t virtual_size;
};
/*
 * Makes all @n overlays, reads their headers back (backing, format,
 * size), gives them owner, group and mode of the backing file if it is writable by its owner, else
 * of @like (a path, may be NULL), and syncs them and their directories. On failure none is left.
 */
int image_make_overlays(const struct image_overlay *o, size_t n, const char *like,
	struct vxe_error *err) _must_check_;
/* A new, empty qcow2 image. */
int image_make(const char *path, int64_t virtual_size, struct vxe_error *err) _must_check_;

/* A new, empty raw image. */
int image_make_raw(const char *path, int64_t virtual_size, struct vxe_error *err) _must_check_;

/* ---- content --------------------------------------------------------------------------------- */

struct image_source {
	const char *path;   /* may be /proc/self/fd/N of an open file; its chain is read, too */
	const char *format; /* "raw", "qcow2", "vpc" */
	int fd;		    /* that N, which the child shall inherit; -1: none */
	/* Asked while the work goes on; true ends it with TASK_CANCELLED. May be NULL. */
	bool (*cancelled)(void *ctx);
	/* Told of the bytes that are there, together with @cancelled. May be NULL. */
	void (*progress)(void *ctx, int64_t done);
	void *ctx;
};
/*
 * A new image (qcow2 or raw) at @path with the source's content and @size bytes, never fewer than
 * the source has (VDI_TOO_SMALL is the caller's to say). Made as a draft, synced, then named.
 */
int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err) _must_check_;
/* The source's content into an open file, which is emptied first; sparse, synced by the caller. */
int image_write_to(const struct image_source *from, int fd, const char *format,
	struct vxe_error *err) _must_check_;
/* An unnamed file in the directory, gone with its last descriptor. */
int image_scratch(const char *dir, struct vxe_error *err) _must_check_;
/* All that can be read from @from goes to @to; zeros become holes when @sparse. */
int image_pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err) _must_check_;
/* Refuses a VHD that is a difference to another one, and what is no VHD: VXE_FOREIGN_IMAGE. */
int vhd_vet(const char *path, int64_t *virtual_size, struct vxe_error *err) _must_check_;
/* Whether the first MiB holds nothing but zeros: no file system, no partition table. */
#define IMAGE_BLANK_BYTES (1UL << 20)
int image_is_blank(const char *path, bool *ret, struct vxe_error *err) _must_check_;
/* Offline: the image becomes @size bytes, which must not be fewer than now; synced. */
int image_grow(
	const char *path, const char *format, int64_t size, struct vxe_error *err) _must_check_;

/* Offline: the content of @top (qcow2) goes down into its backing file @base; both stay. */
int image_commit(const char *top, const char *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Offline: what lies between @child (qcow2) and the new @base goes up into @child; @base_name is
 * what its header shall say (relative), NULL for none.
 */
int image_pull(const char *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Offline: only the header of @child is rewritten and synced. */
int image_set_backing(const char *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Sees that the header of @path (qcow2, open for writing or not) can be rewritten without taking
 * room from the disk; no byte changes. QEMU dies when that fails at the end of a merge.
 */
int image_reserve_header(const char *path, struct vxe_error *err) _must_check_;
/* True when the image itself holds a cluster (data, zero or discard): it was written to. */
int image_touched(
	const char *path, const char *format, bool *ret, struct vxe_error *err) _must_check_;
/* 1: both read the same, with all that is below them; also while a guest has them open. */
int image_same_content(const char *a, const char *a_format, const char *b, const char *b_format,
	struct vxe_error *err) _must_check_;
/* `qemu-img check`: 0 also when it only finds leaks; VXE_IMAGE_FAILED with its words otherwise. */
int image_check(const char *path, const char *format, struct vxe_error *err) _must_check_;

/* ---- files ---------------------------------------------------------------------------------- */

struct image_file {
	bool exists;
	int64_t size, allocated; /* bytes */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool block; /* a block device */
	dev_t dev;  /* identity of what exists, for comparing; of a device: its number, and 0 */
	ino_t ino;
	int64_t written; /* ns; its last change, to be compared with that of the same or another file */
};
int image_stat(const char *path, struct image_file *ret, struct vxe_error *err) _must_check_;
/*
 * A block device, or a link to one. What is not there now (a volume that is not active) is one when
 * it would lie among devices.
 */
bool image_is_device(const char *path);
/*
 * What a path stands for, as a text to compare and to look up: two absolute paths with one key are
 * one file or device, by whatever links, folders, mounts or ".." they lead there. Of a file that is
 * not there (yet): its folder and the name in it. Names that are no paths are themselves. Owned.
 */
char *image_key(const char *path);
/* The folder, and the name in it: also of what is there. It stays the same when the file comes. */
char *image_place(const char *path);
/* A file is made under a name of its own until it is complete: the path that it gets then. Owned. */
char *image_final_path(const char *path);
/* True for the last component of such a name. */
bool image_is_draft(const char *name);
/* Both lie (or would lie) in one folder. */
bool image_same_dir(const char *a, const char *b);
/* Both lead to one file (image_key()); false where one is NULL. */
bool image_is_same(const char *a, const char *b);
/*
 * A fingerprint: text by which a later look tells whether the image was written to since, from its size,
 * its time of change, and its table of internal snapshots. No content is read. ""
 * where nothing tells: a device. (The time of change of the inode is no part of it: libvirt gives files
 * to other owners.)
 */
int image_print(
	const char *path, const char *format, char **ret, struct vxe_error *err) _must_check_;
/* What differs, constant text that follows the file's name; NULL: nothing, or one of them is "". */
const char *image_print_differs(const char *then, const char *now);
/* Virtual size: of the header for qcow2, of the file or device for raw. */
int image_virtual_size(
	const char *path, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;
/* Takes the write bits of all (returns the old mode) or sets @mode; synced. No-op on devices. */
int image_freeze(const char *path, mode_t *old_mode, struct vxe_error *err) _must_check_;
int image_thaw(const char *path, mode_t mode, struct vxe_error *err) _must_check_;
/* True when some process holds one of QEMU's locks on the image. */
int image_locked(const char *path, bool *ret, struct vxe_error *err) _must_check_;
/*
 * True when some process has the image open for writing. A QEMU that has none for its guest's disks
 * may: what was added to it and never used, what a merge that was ended wrote to.
 */
int image_has_writer(const char *path, bool *ret, struct vxe_error *err) _must_check_;
int image_sync(
	const char *path, struct vxe_error *err) _must_check_; /* the file, then its directory */
int image_unlink(const char *path, struct vxe_error *err) _must_check_; /* ENOENT is no error */
/* Free bytes for an unprivileged user of the file system that holds @dir. */
int image_free_space(const char *dir, int64_t *ret, struct vxe_error *err) _must_check_;

/*
 * Who in the directory names one of the files as backing: reads the header of every regular file
 * that is a qcow2 image and calls @fn with its path and the absolute path of its backing file.
 */
typedef int image_user_fn(void *ctx, const char *image, const char *backing, struct vxe_error *err);
int image_scan_dir(
	const char *dir, image_user_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
