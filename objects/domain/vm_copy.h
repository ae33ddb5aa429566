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
/* True for disks whose content is captured; CDs, floppies and read-only disks become references. */
bool vm_disk_is_captured(const struct vm_disk *d);
/*
 * Refuses a disk of which vxe would read other content than the guest does. VXE_DISK_ENCRYPTED: its definition has a
 * secret for a layer; VXE_CHAIN_DIFFERS: it has another layer below one than the headers.
 */
int vm_disk_check_chain(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/* VXE_CHAIN_DIFFERS for the first of all disks, also of those that are only referred to. */
int vm_check_chains(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* The first, and VDI_IS_SHARABLE, VDI_NOT_MANAGED: the content of such a disk cannot be captured. */
int vm_disk_check_captured(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/* The VBD of the new VM: the same device, another UUID; a snapshot owns its disks. */
struct vbd *vbd_for_snapshot(const struct vbd *vbd, const char *vm, const char *vdi);
/* Keeps the MAC address and marks it as set by the user. */
struct vif *vif_for_snapshot(const struct vif *vif, const char *vm);
/* A read-only VDI with the content of @node. */
struct vdi *vdi_for_snapshot(const struct vdi *vdi, const char *node);
/*
 * The record of a clone or copy: the source's settings with a new identity, Halted, without
 * history. A clone of a VM is a VM, a clone of a template or snapshot a template.
 */
struct vm *vm_for_clone(const struct vm *vm, const char *uuid);
/* Sets a new mac_seed and generation-id; the caller chooses the libvirt name. */
void vm_fresh_identity(struct vm *vm);
/*
 * @own: the disk belongs to the clone, and uninstalling the clone destroys it; else the VBD is a
 * reference as before.
 */
struct vbd *vbd_for_clone(const struct vbd *vbd, const char *vm, const char *vdi, bool own);
/* The MAC address is computed from the clone's mac_seed. */
struct vif *vif_for_clone(const struct vif *vif, const struct vm *vm, const char *device);
/* An independent disk, even if @vdi is a snapshot. */
struct vdi *vdi_for_clone(const struct vdi *vdi, const char *node, const char *sr);
/* A pair of random numbers in xe's form of a generation ID; "" stays "". Owned. */
char *generation_id_fresh(const char *old);
