/* SPDX-License-Identifier: MIT */
/* Plans a new overlay on a node: its place, its header, and freezing the node. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/plan.h"

/*
 * Checks that every layer of @vdi's content from @top down exists and stays; *@layers is their
 * number. Fails: VDI_NOT_AVAILABLE (a file is missing, named in the note), VXE_TRY_AGAIN (one is
 * being removed; a waiting merge further down does not matter).
 */
int check_layers(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *top,
	size_t *layers, struct vxe_error *err) _must_check_;
/* Where a new layer is. */
struct overlay_place {
	const struct sr *sr; /* takes disks */
	const struct node *
		given; /* on record already: a layer that the user has prepared; NULL: a new file */
	const char *path; /* of @given */
};
/*
 * Plans a new node on top of @base for @vdi at the place @at (NULL: a new file in overlay_sr()): fills in the
 * disk's new_* and backing members, adds shared locks on the chain to @p, and returns the record. Fails:
 * VDI_NOT_AVAILABLE (a file is missing), VXE_LAYER_CHANGED, SR_BACKEND_FAILURE_109, VXE_FOREIGN_IMAGE,
 * OPERATION_NOT_ALLOWED (the SR is shared, that of @base is not); of a given layer as overlay_check_given().
 */
int plan_overlay(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	const struct overlay_place *at, struct plan_disk *disk, struct node **ret, struct plan *p,
	struct vxe_error *err) _must_check_;
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
 * VXE_INTERNAL_SNAPSHOTS when freezing the disk would endanger internal snapshots: those of its layer, and those of other
 * programs' layers below. As loss_check().
 */
int check_internal(struct session *s, struct txn *t, const struct node *top, struct plan *p,
	struct vxe_error *err) _must_check_;
