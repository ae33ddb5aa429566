/* SPDX-License-Identifier: MIT */
/* Deletes the records of a VM whose domain another program has removed. */
#pragma once

#include "objects/session/session.h"

/*
 * Deletes the VM's record and the records that only it used; files made by vxe stay as detached
 * disks.
 */
int forget_vm(struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/* True if a VDI names the layer, other than @except (may be NULL) and the layer's base copy. */
int node_is_named(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
/* As node_is_named(), but disks of snapshots that libvirt keeps do not count. */
int node_is_ours(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
/*
 * Marks the VDIs of libvirt's snapshots on this layer as missing: another program has merged the layer, or merged into
 * it.
 */
int node_lose_kept(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* Returns 1 if all files of the chain are older than vxe. */
int chain_is_adopted(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* Deletes the records of layers, from the top down to the first layer that something needs. */
int forget_chain(struct txn *t, const char *top, struct vxe_error *err) _must_check_;
