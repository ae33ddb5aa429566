/* SPDX-License-Identifier: MIT */
/* Starting and stopping a VM, for all operations that do so. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

enum start_flags {
	VM_START_PAUSED = 1 << 0,
	VM_START_BYPASS_CACHE = 1 << 1, /* read libvirt's managed save past the host's page cache */
	/* Give the firmware new UEFI variables; OPERATION_NOT_ALLOWED without UEFI, and with a managed save. */
	VM_START_RESET_NVRAM = 1 << 2,
};
/*
 * Starts a halted VM. If libvirt has a managed save of it (vm_is_saved()), the guest goes on from that;
 * VXE_DISK_CHANGED if the saved state and the definition name different disks. VM_BAD_POWER_STATE in any other power
 * state.
 */
int vm_start(
	struct session *s, const char *uuid, unsigned flags, struct vxe_error *err) _must_check_;
/* vm-resume of a VM with libvirt's managed save. */
int vm_start_saved(
	struct session *s, const char *uuid, unsigned flags, struct vxe_error *err) _must_check_;
/*
 * Shuts the VM down. Without @force presses the ACPI button and waits (VM_SHUTDOWN_TIMEOUT). With @force stops the
 * domain at once; drops the memory of a Suspended VM, also memory that libvirt has saved.
 */
int vm_shutdown(
	struct session *s, const char *uuid, bool force, struct vxe_error *err) _must_check_;

/*
 * Checks that the storage of the VM's disks is mounted (vm_check_storage()), that their files exist, and that no other running or
 * saved VM has the disks: SR_NOT_ATTACHED, VDI_NOT_AVAILABLE, VDI_IN_USE, VXE_MANAGED_SAVE.
 */
int vm_check_disks(
	struct session *s, const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/*
 * Waits until a guest whose ACPI button was pressed is off, and presses the button again from time to time. Another
 * process can cancel @op (may be NULL). Fails: VM_SHUTDOWN_TIMEOUT, TASK_CANCELLED.
 */
int vm_wait_halted(
	struct session *s, struct op *op, const char *uuid, struct vxe_error *err) _must_check_;
