/* SPDX-License-Identifier: MIT */
/* Planning a new overlay on a node: where it goes, what its header says, what freezing means. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/plan.h"

/*
 * Longest chain of layers that a new one is put on; a snapshot call takes 20 ms at 25 layers and
 * 120 ms at 100, and libvirt ends at 200. Beyond: SR_BACKEND_FAILURE_109.
 */
#define CHAIN_MAX 100

/* The record of a new qcow2 file for a disk of @size bytes (rounded up to sectors) in @sr. */
struct node *image_node(const struct sr *sr, int64_t size) _must_check_;
/*
 * Every layer of @vdi's content from @top down has to be there and stay; *@layers is how many.
 * Fails: VDI_NOT_AVAILABLE (a file is missing, named in the note), VXE_TRY_AGAIN (one is going;
 * a merge that waits further down does not matter).
 */
int check_layers(struct txn *t, const struct vdi *vdi, const struct node *top, size_t *layers,
	struct vxe_error *err) _must_check_;
/*
 * A new node on top of @base for @vdi: fills in the disk's new_* and backing members, adds shared
 * locks on the chain to @p, and returns the record. Fails: VDI_NOT_AVAILABLE (a file is missing),
 * VXE_LAYER_CHANGED,
 * SR_BACKEND_FAILURE_44 (no space), SR_BACKEND_FAILURE_109, VXE_FOREIGN_IMAGE.
 */
int plan_overlay(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	struct plan_disk *disk, struct node **ret, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * The record of @node once frozen; the disk learns the old mode and whether the file's write bits
 * go (never those of an adopted base or a device). Fails: VXE_INTERNAL_SNAPSHOTS, also of somebody
 * else's layer below that is frozen along with it.
 */
int plan_freeze(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *node,
	struct plan_disk *disk, struct node **ret, struct vxe_error *err) _must_check_;
/*
 * New files of @bytes may go there: mounted (its marker is found; an SR of files that were there
 * before vxe has none), not another store's, and with room. Fails: SR_NOT_ATTACHED,
 * SR_DEVICE_IN_USE, SR_BACKEND_FAILURE_44.
 */
int sr_check_room(
	struct session *s, const struct sr *sr, int64_t bytes, struct vxe_error *err) _must_check_;
#define IMAGE_BYTES (INT64_C(1) << 20) /* what an empty image takes, with its first tables */
/* Where new files of this VDI go: the SR of @base if files can be made there, else the default. */
int overlay_sr(struct session *s, struct txn *t, const struct node *base, struct sr **ret,
	struct vxe_error *err) _must_check_;
