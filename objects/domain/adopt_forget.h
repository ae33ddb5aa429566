/* SPDX-License-Identifier: MIT */
/* Deletes the records of a VM whose domain another program removed. */
#pragma once

#include "objects/session/session.h"

/*
 * Deletes the VM's record and the records that only it used; files made by vxe stay as detached
 * disks.
 */
int forget_vm(struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/* True when a VDI other than @except (may be NULL) and the node's base copy names the node. */
int node_is_named(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
