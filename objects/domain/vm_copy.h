/* SPDX-License-Identifier: MIT */
/* Records for a snapshot, clone or copy of a VM, by the field table of docs/semantics.md (xen-api's clone). */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"

/*
 * The snapshot's VM record: the VM's settings, its own identity. @xml is the domain's definition
 * at that time (may be NULL), @state the VM's power state.
 */
struct vm *vm_for_snapshot(
	const struct vm *vm, const char *uuid, const char *xml, enum power_state state);
/* Disks whose content is captured; CDs, floppies and read-only disks stay references. */
bool vm_disk_is_captured(const struct vm_disk *d);
/* VDI_IS_SHARABLE, VDI_NOT_MANAGED: such a content cannot be captured. */
int vm_disk_check_captured(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/* A VBD of the new VM: the same place, another UUID; a disk is owned by its snapshot. */
struct vbd *vbd_for_snapshot(const struct vbd *vbd, const char *vm, const char *vdi);
/* Keeps the MAC and says that it was given. */
struct vif *vif_for_snapshot(const struct vif *vif, const char *vm);
/* The content of @vdi's node under another name, read-only. */
struct vdi *vdi_for_snapshot(const struct vdi *vdi, const char *node);
/*
 * The record of a clone or copy: the source's settings under a fresh identity, Halted, of no
 * history. That of a VM or template stays what it is; that of a snapshot becomes a template.
 */
struct vm *vm_for_clone(const struct vm *vm, const char *uuid);
/* A fresh mac_seed and generation-id; the libvirt name is still to be chosen. */
void vm_fresh_identity(struct vm *vm);
/* @own: the clone's alone, so uninstalling it destroys the disk; else a reference as before. */
struct vbd *vbd_for_clone(const struct vbd *vbd, const char *vm, const char *vdi, bool own);
/* With the address that follows from the clone's mac_seed. */
struct vif *vif_for_clone(const struct vif *vif, const struct vm *vm, const char *device);
/* A disk of its own right, whatever @vdi was. */
struct vdi *vdi_for_clone(const struct vdi *vdi, const char *node, const char *sr);
/* A pair of random numbers as xe writes a generation ID; "" stays "". Owned. */
char *generation_id_fresh(const char *old);
