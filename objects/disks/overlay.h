/* SPDX-License-Identifier: MIT */
/* Overlays that the user has prepared; disks.h has the functions that plan overlays. */
#pragma once

#include "objects/disks/disks.h"

/*
 * The disk's new file, made by the user, can be the layer on @base: a sound qcow2 image of the disk's size, whose header
 * names @base and its format, without content or internal snapshots, open nowhere. VXE_FOREIGN_IMAGE(file, reason).
 */
int overlay_check_given(struct session *s, const struct plan_disk *disk, const char *base,
	struct vxe_error *err) _must_check_;
