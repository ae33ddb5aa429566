/* SPDX-License-Identifier: MIT */
/* Layers in the records: their paths, their chains, and the objects that name them. */
#pragma once

#include "objects/classes/storage/node.h"

/* The columns of VM records with UUIDs of layers (copies of UEFI variables and TPM state), terminated by NULL. */
extern const char *const vm_node_columns[];

/*
 * The text by which an image header names its backing file @base: the name of a network export as it is, and a file by
 * the name @as, which may be relative. Owned.
 */
char *node_header_name(const char *base, const char *as);
/*
 * The text by which the header of the image @child names its backing file @base: relative if both are in one directory,
 * else absolute. Owned.
 */
char *node_backing_name(const char *child, const char *base);
/* The absolute path of the layer's file; owned. */
int node_path(struct txn *t, const struct node *n, char **ret, struct vxe_error *err) _must_check_;
/* *ret: the records of the layer @uuid and of all layers below it, top first; owned. */
int node_chain(
	struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the records of the layer @uuid and of all layers below it, as node_chain() gives them, but borrowed from the
 * transaction until it ends. The transaction reads each chain once, as long as it has not written.
 */
int node_layers(struct txn *t, const char *uuid, const struct records **ret,
	struct vxe_error *err) _must_check_;
/* *ret: the records of the layers that have the layer @uuid as their parent. */
int node_children(
	struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the number of records that need the layer: VDIs (but not its own base copy), snapshots, VBDs of Suspended VMs,
 * and forgotten disks.
 */
int node_count_names(struct txn *t, const char *uuid, int *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: UUID of the VDI whose content the layer is, owned: the first by UUID that users see, else the layer's base
 * copy; NULL: none.
 */
int node_vdi(struct txn *t, const char *node, char **ret, struct vxe_error *err) _must_check_;
/* True for the VDI record that vxe makes for a layer which no other VDI names: xe calls it a base copy. */
bool vdi_is_base_copy(const char *vdi, const char *node, bool managed);
/*
 * Gives a layer that no VDI names a base-copy record, or deletes that record if a VDI names the layer. Called in the
 * final transaction of an operation.
 */
int node_sync_base_copy(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
