/* SPDX-License-Identifier: MIT */
/* Dirty bitmaps: backup programs have QEMU record in them what a guest changes. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

/* Returns 1 if it is a qcow2 image whose header names bitmaps. */
int image_has_bitmaps(struct content *c, struct vxe_error *err) _must_check_;
/*
 * What @from (qcow2) has recorded is recorded in @to, too, as after a commit by libvirt: its bitmaps are made there, or merged
 * into those of the same names. Does nothing if @to is not qcow2, and leaves out bitmaps that QEMU has given up, because one
 * that had the image open for writing was killed. Offline; @to is synced. May be repeated.
 */
int image_bitmaps_carry(struct content *from, struct content *to, const char *to_format,
	struct vxe_error *err) _must_check_;
