/* SPDX-License-Identifier: MIT */
/* Merges, compares and repairs images and the files below them with qemu-img, which is told the format of each. */
#pragma once

#include "objects/disks/disks.h"

/* ---- repairing ------------------------------------------------------------------------------ */

/*
 * Makes the image @c, which no process has open, fit for being written to or frozen: if the image is marked as dirty,
 * qemu-img repairs it and it is synced; any other is only looked at. If vxe or qemu-img is killed, the mark stays,
 * and the next call begins again. Fails: VXE_IMAGE_DAMAGED (corrupt), VXE_FOREIGN_IMAGE, VXE_IMAGE_FAILED (a process
 * has it open, no space).
 */
int image_repair(struct content *c, const char *format, struct vxe_error *err) _must_check_;
/*
 * Gives back the clusters of the image @c that a qemu-img which was ended in the midst of a copy into it has taken and not
 * used; what the image holds stays. Reads all tables of the image. Fails: VXE_IMAGE_FAILED (a process has it open).
 */
int image_free_leaks(struct content *c, const char *format, struct vxe_error *err) _must_check_;
/* ---- content --------------------------------------------------------------------------------- */

/*
 * A block pull without a guest: copies the data of the files between @child (qcow2) and @base_name, its new backing
 * file, up into @child; the header of @child then names @base_name (relative), or no backing file if @base_name is
 * NULL.
 */
int image_pull(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Makes the header of @child, which no guest uses, name another backing file, @base_name; copies no data; syncs
 * @child.
 */
int image_set_backing(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Allocates the disk space that QEMU needs to rewrite the header of @c (qcow2, open for writing or not); changes no
 * byte. QEMU dies if it cannot write a header at the end of a merge.
 */
int image_reserve_header(struct content *c, struct vxe_error *err) _must_check_;
/* Returns 1 if both images, each with the files below it, have the same content. A guest may have them open. */
int image_same_content(struct content *a, const char *a_format, struct content *b,
	const char *b_format, struct vxe_error *err) _must_check_;
/* Runs `qemu-img check`. Leaks are no failure; other damage is VXE_IMAGE_FAILED with qemu-img's message. */
int image_check(struct content *c, const char *format, struct vxe_error *err) _must_check_;
