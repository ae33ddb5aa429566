/* SPDX-License-Identifier: MIT */
/* Layers in the records: their paths, their chains, and the objects that name them. */
#pragma once

#include "objects/classes/storage/node.h"

/*
 * The columns of VM records that name nodes (copies of UEFI variables and TPM state), terminated by
 * NULL.
 */
extern const char *const vm_node_columns[];

/* How the header of another file names what lies at @base: a file by @as, which may be relative. Owned. */
char *node_header_name(const char *base, const char *as);
/* The name of @base for the header of @child: relative in the same directory, else absolute. */
char *node_backing_name(const char *child, const char *base);
/* The absolute path of the layer's file; owned. */
int node_path(struct txn *t, const struct node *n, char **ret, struct vxe_error *err) _must_check_;
/* The layer and everything below it, top first; owned records. */
int node_chain(
	struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err) _must_check_;
/*
 * As node_chain(), but borrowed from the transaction until it ends. It reads each chain once, as long as it has not
 * written.
 */
int node_layers(struct txn *t, const char *uuid, const struct records **ret,
	struct vxe_error *err) _must_check_;
/* The layers whose parent this layer is. */
int node_children(
	struct txn *t, const char *uuid, struct records *ret, struct vxe_error *err) _must_check_;
/*
 * The number of VDIs and snapshot records that name the layer, and of VBDs that name it as their
 * guard; its own base-copy record does not count.
 */
int node_count_names(struct txn *t, const char *uuid, int *ret, struct vxe_error *err) _must_check_;
/*
 * The VDI whose content the layer is: one that users see, the first by UUID, else its base copy; NULL in *ret: none.
 * Owned.
 */
int node_vdi(struct txn *t, const char *node, char **ret, struct vxe_error *err) _must_check_;
/* True for a VDI record that stands for a layer which no VDI names: xe calls it a base copy. */
bool vdi_is_base_copy(const char *vdi, const char *node, bool managed);
/*
 * In the final transaction: gives a layer that no VDI names a base-copy record, or deletes that record if a VDI names
 * the layer.
 */
int node_sync_base_copy(struct txn *t, const char *node, struct vxe_error *err) _must_check_;
