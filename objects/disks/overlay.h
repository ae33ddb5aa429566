/* SPDX-License-Identifier: MIT */
/* Plans a new overlay on a node: its place, its header, and that the node is frozen. */
#pragma once

#include "objects/disks/disks.h"

/*
 * The disk's new file, made by the user, can be the layer on @base: a sound qcow2 image of the disk's size, whose header
 * names @base and its format, without content or internal snapshots, open nowhere. VXE_FOREIGN_IMAGE(file, reason).
 */
int overlay_check_given(struct session *s, const struct plan_disk *disk, const char *base,
	struct vxe_error *err) _must_check_;
/*
 * The record of @node when frozen; fills in the disk's old mode and whether the file loses its
 * write bits (never those of an adopted base or a device).
 */
int plan_freeze(struct session *s, const struct vdi *vdi, const struct node *node,
	struct plan_disk *disk, struct node **ret, struct vxe_error *err) _must_check_;
/*
 * Refuses with VXE_INTERNAL_SNAPSHOTS a freeze that would endanger internal snapshots, of the layer or of other
 * programs' layers below. As loss_check().
 */
int check_internal(struct session *s, struct txn *t, const struct node *top, struct plan *p,
	struct vxe_error *err) _must_check_;
