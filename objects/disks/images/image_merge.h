/* SPDX-License-Identifier: MIT */
/*
 * Works on images and the files below them with qemu-img, to which all formats are given: merges, compares, repairs.
 */
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

/*
 * Offline: copies the data between @child (qcow2) and the new @base up into @child; its header then
 * names @base_name (relative), or no backing file if that is NULL.
 */
int image_pull(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Makes the header of @child, which no guest uses, name another file; copies no data; syncs it. */
int image_set_backing(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Makes sure that rewriting the header of @c (qcow2, open for writing or not) needs no more disk
 * space; changes no byte. QEMU dies if that fails at the end of a merge.
 */
int image_reserve_header(struct content *c, struct vxe_error *err) _must_check_;
/* Returns 1 if both images, each with the files below it, have the same content. A guest may have them open. */
int image_same_content(struct content *a, const char *a_format, struct content *b,
	const char *b_format, struct vxe_error *err) _must_check_;
/* Runs `qemu-img check`. Leaks are no failure; other damage is VXE_IMAGE_FAILED with qemu-img's message. */
int image_check(struct content *c, const char *format, struct vxe_error *err) _must_check_;
