/* SPDX-License-Identifier: MIT */
/*
 * Disk image files: qemu-img as a child with explicit formats, qcow2 headers read and empty images
 * written in-process, write bits, locks, syncing. Paths are absolute. Formats are never probed.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>
#include <sys/types.h>

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

/* ---- content --------------------------------------------------------------------------------- */

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

/*
 * Who in the directory names one of the files as backing: reads the header of every regular file
 * that is a qcow2 image and calls @fn with its path and the absolute path of its backing file.
 */
typedef int image_user_fn(void *ctx, const char *image, const char *backing, struct vxe_error *err);
int image_scan_dir(
	const char *dir, image_user_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
