/* SPDX-License-Identifier: MIT */
/* Images that lie on one another: merged, compared and repaired by qemu-img, a child with explicit formats. */
#pragma once

#include "objects/disks/disks.h"

/* ---- repairing ------------------------------------------------------------------------------ */

/*
 * What is not open anywhere becomes fit for being written to, or frozen: an image that is marked as dirty is repaired by
 * qemu-img and synced, any other is only looked at. If vxe or qemu-img is killed the mark stays, and the next call begins
 * again. Fails: VXE_IMAGE_DAMAGED (corrupt), VXE_FOREIGN_IMAGE, VXE_IMAGE_FAILED (a process has it open, no space).
 */
int image_repair(struct content *c, const char *format, struct vxe_error *err) _must_check_;
/* ---- content --------------------------------------------------------------------------------- */

/* Offline: merges @top (qcow2) down into its backing file @base; both files stay. */
int image_commit(struct content *top, struct content *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Offline: copies the data between @child (qcow2) and the new @base up into @child; its header then
 * names @base_name (relative), or no backing file if that is NULL.
 */
int image_pull(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Offline: rewrites only the header of @child, and syncs it. */
int image_set_backing(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Makes sure that rewriting the header of @c (qcow2, open for writing or not) needs no more disk
 * space; changes no byte. QEMU dies if that fails at the end of a merge.
 */
int image_reserve_header(struct content *c, struct vxe_error *err) _must_check_;
/*
 * 1: reading both images, with all files below them, gives the same content. Works also while a
 * guest has them open.
 */
int image_same_content(struct content *a, const char *a_format, struct content *b,
	const char *b_format, struct vxe_error *err) _must_check_;
/*
 * `qemu-img check`: returns 0 also for leaks; otherwise VXE_IMAGE_FAILED with qemu-img's message.
 */
int image_check(struct content *c, const char *format, struct vxe_error *err) _must_check_;
