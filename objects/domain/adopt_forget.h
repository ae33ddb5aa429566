/* SPDX-License-Identifier: MIT */
/* Deletes the records of a VM whose domain another program has removed. */
#pragma once

#include "objects/session/session.h"

/* Deletes the record of a VM and the records that only this VM used; files made by vxe stay as detached disks. */
int forget_vm(struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/*
 * *ret: a VDI names the layer @node as its content, other than @except (may be NULL) and the layer's base-copy
 * record.
 */
int node_is_named(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
/* As node_is_named(), but VDIs of snapshots that libvirt keeps do not count. */
int node_is_ours(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
/*
 * Marks those VDIs of libvirt's snapshots that name this layer as missing: another program has merged the layer, or
 * has merged another one into it.
 */
int node_lose_kept(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* Returns 1 if vxe has made none of the files in the backing chain. */
int chain_is_adopted(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/*
 * Deletes the records of the layers of a backing chain, from the top down to the first layer that something else
 * needs.
 */
int forget_chain(struct txn *t, const char *top, struct vxe_error *err) _must_check_;
