/* SPDX-License-Identifier: MIT */
/*
 * Loads a VM in its present state: records, libvirt's definition, live state. First, the records
 * take over changes of the definition by other programs (virsh edit). If other programs switched
 * disks, the new layers are adopted, or the disk is refused and the file named.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/session/session.h"

enum vm_load_flags {
	/* Before an action: takes over changes by other programs (in a store transaction);
	 * refuses another store's domain (VXE_STORE_MISMATCH), a transient one (VXE_TRANSIENT)
	 * and unexplained disks (VXE_DISK_CHANGED). Without it only the store and the listing
	 * are read. */
	VM_LOAD_ACT = 1 << 0,
	/*
	 * Also accepts a Suspended VM that was started outside vxe, or a running one on other files
	 * than its definition names; otherwise these are VXE_DISK_CHANGED. For operations that
	 * resolve such a state.
	 */
	VM_LOAD_GUARDED = 1 << 1,
	/*
	 * Also accepts a VM whose definition names other files than its disks have on record, or
	 * that runs on other files; otherwise this is VXE_DISK_CHANGED. The result is `drifted`,
	 * its records are unchanged. For operations that replace the disks, or leave them alone.
	 */
	VM_LOAD_DRIFTED = 1 << 2,
	/*
	 * A running VM may be loaded from libvirt's own files as long as libvirt is not connected, if they say nothing
	 * that is not on record. For operations that compare with libvirt itself before they change the guest.
	 */
	VM_LOAD_EARLY = 1 << 3,
};

/* UUID_INVALID("VM", uuid) when there is no such VM, template or snapshot (unknown UUIDs are
 * adopted first). Templates and snapshots load without a domain. */
int vm_load(struct session *s, const char *uuid, unsigned flags, struct vm_loaded **ret,
	struct vxe_error *err) _must_check_;

/*
 * Takes over what other programs changed, if that can be done now. What is wrong with the disks is told by who acts on
 * them.
 */
void vm_follow_disks(struct session *s, const char *uuid);

/* For a VM with drift: true if its definition has another file or format for this disk than the records. */
bool vm_disk_is_changed(
	const struct session *s, const struct vm_loaded *l, const struct vm_disk *d);

/*
 * Fails with VXE_MANAGED_SAVE if libvirt has a managed save of the VM (loaded with VM_LOAD_ACT), which fits only the
 * disks as they were.
 */
int vm_check_saved(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* True if only libvirt's managed save makes the VM Suspended: a start goes on from that. */
bool vm_is_saved(const struct vm_loaded *l);

/* The present power state of a loaded VM. */
enum power_state vm_power(const struct vm_loaded *l);
