/* SPDX-License-Identifier: MIT */
/* Freezing what a halted VM or template has written, so that others can stand on it. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"

/* True for a disk whose content goes along; CDs and read-only disks stay references. */
bool clone_takes(const struct vm_disk *d);
/*
 * The frozen node that holds what the disk holds: its own, or the one below an overlay that nobody
 * has written to. NULL with return 0: there is none, it has to be frozen.
 */
int frozen_node(struct txn *t, const struct vm_disk *d, struct node **ret,
	struct vxe_error *err) _must_check_;

/*
 * vm_freeze.c: each disk of the halted VM or template goes on in a fresh overlay, its content so
 * far is frozen. Layers that nothing comes to need are merged again.
 */
int vm_freeze(struct session *s, const char *uuid, const char *operation,
	struct vxe_error *err) _must_check_;
