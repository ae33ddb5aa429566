/* SPDX-License-Identifier: MIT */
/* Checks overlays that the user has prepared; disks.h has the functions that plan overlays. */
#pragma once

#include "objects/disks/disks.h"

/*
 * Checks that an image which the user has prepared as the disk's new file can be the layer on @base: a sound qcow2
 * image of the disk's size, whose header names @base and its format, without content or internal snapshots, open
 * nowhere. Fails with VXE_FOREIGN_IMAGE(file, reason).
 */
int overlay_check_given(struct session *s, const struct plan_disk *disk, const char *base,
	struct vxe_error *err) _must_check_;
