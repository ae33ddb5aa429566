/* SPDX-License-Identifier: MIT */
/*
 * The tree of a VM's snapshots, by their field parent. A snapshot has one parent at most; its children are snapshots,
 * and the VM whose present state is based on it.
 */
#pragma once

#include "objects/classes/common/getters.h"

getter_fn vm_get_children_names;
getter_fn vm_get_is_root;
getter_fn vm_get_is_leaf;
getter_fn vm_get_has_memory;
getter_fn vm_get_size;
getter_fn vm_get_memory_size;
getter_fn vm_get_is_quiesced;
getter_fn vm_get_is_internal;
getter_fn vm_get_is_in_libvirt;

/* Appends to @ret the snapshots, not the VMs, that are based directly on the snapshot @uuid, unless @ret has them. */
int vm_tree_children(
	struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;
/* Appends to @ret the snapshots on which the VM or snapshot @uuid is based, the nearest first. */
int vm_tree_above(
	struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;
/* Appends to @ret all snapshots that are based on the snapshot @uuid, directly or not, each after its parent. */
int vm_tree_below(
	struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;
