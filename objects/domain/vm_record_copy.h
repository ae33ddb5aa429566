/* SPDX-License-Identifier: MIT */
/*
 * Makes the records of a snapshot, clone or copy of a VM, by the field table of docs/semantics.md (xen-api's clone).
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"

/*
 * The VM record of a new snapshot: it has the VM's settings, but its own identity. @xml is the domain's definition at
 * that time (may be NULL), @state the VM's power state.
 */
struct vm *vm_for_snapshot(
	const struct vm *vm, const char *uuid, const char *xml, enum power_state state);
/* True if a snapshot holds the content of this disk; CDs, floppies and read-only disks are only referred to. */
bool vm_disk_is_captured(const struct vm_disk *d);
/*
 * Refuses a disk from whose files vxe would read other content than the guest does. VXE_DISK_ENCRYPTED: the
 * definition has a secret for a layer; VXE_CHAIN_DIFFERS: the definition names another backing file for some layer
 * than the image header.
 */
int vm_disk_check_chain(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/*
 * Fails for the first disk of the VM whose definition and image headers disagree about its backing chain
 * (VXE_CHAIN_DIFFERS), also if a snapshot would only refer to that disk.
 */
int vm_check_chains(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/*
 * Refuses a disk whose content a snapshot cannot hold: VDI_IS_SHARABLE, VDI_NOT_MANAGED, and the errors of
 * vm_disk_check_chain().
 */
int vm_disk_check_captured(const struct vm_disk *d, struct vxe_error *err) _must_check_;
/*
 * The VBD of a snapshot: the same device with another UUID. @own: the disk is the snapshot's, so that it goes with it;
 * else the snapshot only refers to the VM's disk.
 */
struct vbd *vbd_for_snapshot(const struct vbd *vbd, const char *vm, const char *vdi, bool own);
/* The VIF of a snapshot: keeps the MAC address, marked as set by the user. */
struct vif *vif_for_snapshot(const struct vif *vif, const char *vm);
/* The VDI of a snapshot's disk: a read-only copy of the record @vdi whose content is the layer @node. */
struct vdi *vdi_for_snapshot(const struct vdi *vdi, const char *node);
/*
 * The VM record of a clone or copy: it has the source's settings with a new identity, is Halted, and has no history.
 * A clone of a VM is a VM, a clone of a template or snapshot a template.
 */
struct vm *vm_for_clone(const struct vm *vm, const char *uuid);
/* Sets a new mac_seed and generation-id in a VM record; the caller chooses the libvirt name. */
void vm_fresh_identity(struct vm *vm);
/*
 * The VBD of a clone. @own: the disk belongs to the clone, so that vm-uninstall of the clone destroys it; else the
 * VBD only refers to the disk, as the source's VBD does.
 */
struct vbd *vbd_for_clone(const struct vbd *vbd, const char *vm, const char *vdi, bool own);
/* The VIF of a clone; its MAC address is computed from the clone's mac_seed. */
struct vif *vif_for_clone(const struct vif *vif, const struct vm *vm, const char *device);
/* The VDI of a clone's own disk, which can be written to even if @vdi is a snapshot. */
struct vdi *vdi_for_clone(const struct vdi *vdi, const char *node, const char *sr);
/* A new generation ID of random numbers, in xe's form; if @old is "", it is "", too. Owned. */
char *generation_id_fresh(const char *old);
