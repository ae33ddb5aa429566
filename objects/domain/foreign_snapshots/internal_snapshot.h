/* SPDX-License-Identifier: MIT */
/* Reads the content of internal snapshots, which libvirt keeps inside an image, without a revert. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/plan.h"

/* The content of a disk in an internal snapshot, which is in the same image as what the VM writes now. */
struct inside {
	struct node *node; /* layer of the image */
	char *path;
	char *key; /* key of the internal snapshot in the image (disk_file_snapshots()) */
};
void inside_clear(struct inside *i);
#define _cleanup_inside_ _cleanup_(inside_clear)
/*
 * Finds the content of a disk that is in an internal snapshot (vdi_is_inside()), and asks for shared locks on its
 * layers. A guest may write to the image meanwhile. Fails: VDI_NOT_AVAILABLE (the image has gone), VXE_FOREIGN_IMAGE
 * (it holds no such snapshot, two of that name, or one of a disk of another size), VXE_LAYER_CHANGED.
 */
int inside_find(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct inside *ret, struct vxe_error *err) _must_check_;
