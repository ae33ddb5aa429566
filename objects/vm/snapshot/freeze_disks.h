/* SPDX-License-Identifier: MIT */
/* Freezes the present content of a halted VM or a template, so that other disks can be based on it. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"

/* True for a disk whose content a clone gets as a disk of its own; to CDs and read-only disks a clone only refers. */
bool clone_takes(const struct vm_disk *d);
/*
 * The frozen layer with the disk's present content: the disk's own layer, or the one below an overlay that nobody has
 * written to. NULL with return 0: there is none, so the disk must be frozen first.
 */
int frozen_node(struct session *s, struct txn *t, const struct vm_disk *d, struct node **ret,
	struct vxe_error *err) _must_check_;

/*
 * Freezes the layer of each disk that a clone takes, and gives the disk of the halted VM or template a new overlay,
 * unless its layer has frozen content already (frozen_node()). The caller merges layers that nothing uses later
 * (clone_run()). @operation: whose preconditions are checked ("clone", "copy").
 */
int vm_freeze(struct session *s, const char *uuid, const char *operation,
	struct vxe_error *err) _must_check_;
