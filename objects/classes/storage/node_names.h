/* SPDX-License-Identifier: MIT */
/* Nodes in the records: their paths, their chains, and the objects that name them. */
#pragma once

#include "objects/classes/storage/node.h"

/*
 * The columns of VM records that name nodes (copies of UEFI variables and TPM state), terminated by
 * NULL.
 */
extern const char *const vm_node_columns[];

/* The name of what lies at @base for a header; a file is named @as, which may be relative. Owned. */
char *node_header_name(const char *base, const char *as);
/* The name of @base for the header of @child: relative in the same directory, else absolute. */
char *node_backing_name(const char *child, const char *base);
/* Absolute path of the node's file; owned. */
int node_path(struct txn *t, const struct node *n, char **ret, struct vxe_error *err) _must_check_;
/* The node and everything below it, top first; owned records. */
int node_chain(
	struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err) _must_check_;
/* The same, borrowed from the transaction until it ends; unless it has written, it reads a chain once. */
int node_layers(struct txn *t, const char *uuid, const struct records **ret,
	struct vxe_error *err) _must_check_;
/* The nodes with this parent. */
int node_children(
	struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err) _must_check_;
/*
 * The number of VDIs and snapshot records that name the node, and of VBDs that name it as their
 * guard; its own base-copy record does not count.
 */
int node_count_names(struct txn *t, const char *uuid, int *ret, struct vxe_error *err) _must_check_;
/*
 * The VDI whose content the node is: one that users see, the first by UUID, else its base copy; NULL in *ret: none.
 * Owned.
 */
int node_vdi(struct txn *t, const char *node, char **ret, struct vxe_error *err) _must_check_;
/* True for the VDI record of a node that no VDI names. */
bool vdi_is_base_copy(const char *vdi, const char *node, bool managed);
/*
 * In the final transaction: gives a node without VDI a base-copy record, or deletes that of a node
 * with a VDI.
 */
int node_sync_base_copy(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
