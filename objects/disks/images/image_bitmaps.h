/* SPDX-License-Identifier: MIT */
/* Dirty bitmaps: backup programs have QEMU record in them what a guest changes. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

/* Returns 1 if @c is a qcow2 image whose header names dirty bitmaps. */
int image_has_bitmaps(struct content *c, struct vxe_error *err) _must_check_;
/*
 * Copies the dirty bitmaps of the image @from (qcow2) to the image @to, as libvirt does in a block commit: a bitmap
 * is made in @to, or merged into the one of the same name. Does nothing if @to is not qcow2. Leaves out bitmaps that
 * are of no use because a QEMU that had the image open for writing was killed. No guest may use the images; @to is
 * synced. May be repeated.
 */
int image_bitmaps_carry(struct content *from, struct content *to, const char *to_format,
	struct vxe_error *err) _must_check_;
