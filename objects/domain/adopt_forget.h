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
/* The same; snapshots that libvirt keeps do not count. */
int node_is_ours(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
/* Their VDIs on this node are missing from now on: another program has merged the layer, or merged into it. */
int node_lose_kept(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* 1: every file of the chain is older than vxe. */
int chain_is_adopted(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* Deletes the records of nodes, from the top down to the first one that is still needed. */
int forget_chain(struct txn *t, const char *top, struct vxe_error *err) _must_check_;
