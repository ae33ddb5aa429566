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
/* True if a snapshot has the disk's content; CDs, floppies and read-only disks are only referred to. */
bool vm_disk_is_captured(const struct vm_disk *d);
/*
 * Refuses a disk of which vxe would read other content than the guest does. VXE_DISK_ENCRYPTED: its definition has a
 * secret for a layer; VXE_CHAIN_DIFFERS: it has another layer below one than the headers.
 */
int vm_disk_check_chain(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_CHAIN_DIFFERS for the first disk whose definition and headers disagree, also if it is only referred
 * to.
 */
int vm_check_chains(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/*
 * As vm_check_chains(); also VDI_IS_SHARABLE and VDI_NOT_MANAGED, if a snapshot cannot have the content of the disk.
 */
int vm_disk_check_captured(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/* The VBD of the snapshot: the same device with another UUID; a snapshot owns its disks. */
struct vbd *vbd_for_snapshot(const struct vbd *vbd, const char *vm, const char *vdi);
/* The VIF of the snapshot: keeps the MAC address, marked as set by the user. */
struct vif *vif_for_snapshot(const struct vif *vif, const char *vm);
/* A read-only VDI whose content is @node. */
struct vdi *vdi_for_snapshot(const struct vdi *vdi, const char *node);
/*
 * The record of a clone or copy: the source's settings with a new identity, Halted, without
 * history. A clone of a VM is a VM, a clone of a template or snapshot a template.
 */
struct vm *vm_for_clone(const struct vm *vm, const char *uuid);
/* Sets a new mac_seed and generation-id; the caller chooses the libvirt name. */
void vm_fresh_identity(struct vm *vm);
/*
 * @own: the disk belongs to the clone, so that vm-uninstall of the clone destroys it; else the VBD is the reference
 * that it was.
 */
struct vbd *vbd_for_clone(const struct vbd *vbd, const char *vm, const char *vdi, bool own);
/* The VIF of the clone; its MAC address is computed from the clone's mac_seed. */
struct vif *vif_for_clone(const struct vif *vif, const struct vm *vm, const char *device);
/* A disk of its own, which can be written to even if @vdi is a snapshot. */
struct vdi *vdi_for_clone(const struct vdi *vdi, const char *node, const char *sr);
/* Random numbers in xe's form of a generation ID; "" stays "". Owned. */
char *generation_id_fresh(const char *old);
