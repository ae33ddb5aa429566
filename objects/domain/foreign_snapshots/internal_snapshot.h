/* SPDX-License-Identifier: MIT */
/* Reads snapshots that libvirt keeps inside an image, without a revert. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/plan.h"

/* A disk of an internal snapshot, which an image holds beside the content that the VM writes. */
struct inside {
	struct node *node; /* layer of the image */
	char *path;
	char *key; /* key of the snapshot in the image (disk_file_snapshots()) */
};
void inside_clear(struct inside *i);
#define _cleanup_inside_ _cleanup_(inside_clear)
/*
 * Finds the content of a disk for which vdi_is_inside() is true, and asks for shared locks on its layers. A guest may
 * write to the image meanwhile. Fails: VDI_NOT_AVAILABLE (the image has gone), VXE_FOREIGN_IMAGE (it holds no such
 * snapshot, two of that name, or one of a disk of another size), VXE_LAYER_CHANGED.
 */
int inside_find(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct inside *ret, struct vxe_error *err) _must_check_;
