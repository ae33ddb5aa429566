/* SPDX-License-Identifier: MIT */
/*
 * A VM with all that belongs to it, as it is now: records, libvirt's definition, live state. What
 * others changed in the definition (virsh edit) is taken over into the records first; disks that
 * others switched are understood (their layers are adopted) or refused with the file named.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/session/session.h"

enum vm_load_flags {
	/* For acting: takes over what others changed (a store transaction), refuses another store's
	 * domain (VXE_STORE_MISMATCH), a transient one (VXE_TRANSIENT) and disks that cannot be
	 * understood (VXE_DISK_CHANGED). Without it only the store and the listing are read. */
	VM_LOAD_ACT = 1 << 0,
	/*
	 * With it: also a Suspended VM that was started outside vxe, or a running one that is on other
	 * files than its definition names, which else are VXE_DISK_CHANGED. For what takes such a VM
	 * back to an orderly state.
	 */
	VM_LOAD_GUARDED = 1 << 1,
	/*
	 * With it: also a VM whose definition names other files than its disks have on record, or that
	 * runs on others, which else are VXE_DISK_CHANGED. The result is `drifted`, its records are as
	 * they were. For what replaces the disks, or leaves them alone.
	 */
	VM_LOAD_DRIFTED = 1 << 2,
};

/* UUID_INVALID("VM", uuid) when there is no such VM, template or snapshot (unknown UUIDs are
 * adopted first). Templates and snapshots load without a domain. */
int vm_load(struct session *s, const char *uuid, unsigned flags, struct vm_loaded **ret,
	struct vxe_error *err) _must_check_;

/* Of a drifted VM: its definition has another file, or format, for this disk than the records. */
bool vm_disk_is_changed(
	const struct session *s, const struct vm_loaded *l, const struct vm_disk *d);

/*
 * VXE_MANAGED_SAVE when libvirt holds a saved state of the VM: that would come back with the disks as they
 * were. One without a domain has none.
 */
int vm_check_saved(
	struct session *s, const struct vm_loaded *l, struct vxe_error *err) _must_check_;

/* Current power state of a loaded VM. */
enum power_state vm_power(const struct vm_loaded *l);
