/* SPDX-License-Identifier: MIT */
/*
 * Loads a VM in its present state: records, libvirt's definition, live state. Before that, the records are updated
 * with changes of the definition by other programs (virsh edit). If other programs have switched disks, the new
 * layers get records, or the disk is refused and the file named.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/session/session.h"

/* The reason of a VXE_TRY_AGAIN: commands begin at a VM's home, so another one has moved it since. */
#define VM_AT_OTHER_HOME "it is at home on another host of the pool now"

enum vm_load_flags {
	/*
	 * Before an action: updates the records with changes by other programs (in a store transaction); refuses
	 * another host's VM (VXE_TRY_AGAIN), another store's domain (VXE_STORE_MISMATCH), a transient one
	 * (VXE_TRANSIENT) and unexplained disks (VXE_DISK_CHANGED). Without this flag only the store and the session's list of domains are read.
	 */
	VM_LOAD_ACT = 1 << 0,
	/*
	 * Also accepts a Suspended VM that was started outside vxe, or a VM that runs on other files than its
	 * definition names; without this flag both fail with VXE_DISK_CHANGED. For operations that resolve such a
	 * state.
	 */
	VM_LOAD_GUARDED = 1 << 1,
	/*
	 * Also accepts a VM whose definition names other files than its disks have on record, or that runs on other
	 * files; without this flag both fail with VXE_DISK_CHANGED. The loaded VM has `drifted` set, and its records
	 * are unchanged. For operations that replace the disks, or leave them alone.
	 */
	VM_LOAD_DRIFTED = 1 << 2,
	/*
	 * A running VM may be loaded from libvirt's own files as long as libvirt is not connected, if these files
	 * agree with the records. For operations that compare with libvirt itself before they change the guest.
	 */
	VM_LOAD_EARLY = 1 << 3,
};

/*
 * Loads a VM, template or snapshot. Fails with UUID_INVALID("VM", uuid) when there is none (unknown UUIDs are adopted
 * first). Templates and snapshots load without a domain.
 */
int vm_load(struct session *s, const char *uuid, unsigned flags, struct vm_loaded **ret,
	struct vxe_error *err) _must_check_;

/*
 * Updates the records of the VM's disks with what other programs changed, if that can be done now. Does not report
 * what is wrong with the disks: operations that act on them do.
 */
void vm_follow_disks(struct session *s, const char *uuid);

/*
 * For a VM whose definition and records differ: true if the definition has another file or format for this disk than
 * the records.
 */
bool vm_disk_is_changed(
	const struct session *s, const struct vm_loaded *l, const struct vm_disk *d);

/*
 * Fails with VXE_MANAGED_SAVE if libvirt has a managed save of the VM (loaded with VM_LOAD_ACT): the saved memory
 * fits only the disks as they were then.
 */
int vm_check_saved(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_GUEST_ASLEEP if the guest sleeps: libvirt takes no snapshot then, and from memory that was saved then QEMU
 * (7.2) goes on with a guest that never wakes.
 */
int vm_check_awake(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* True if the VM is Suspended only because libvirt has a managed save of it: a start resumes from that. */
bool vm_is_saved(const struct vm_loaded *l);

/* The present power state of a loaded VM. */
enum power_state vm_power(const struct vm_loaded *l);
