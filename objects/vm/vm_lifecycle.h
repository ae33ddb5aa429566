/* SPDX-License-Identifier: MIT */
/* What operations share that stop and start a VM. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

enum start_flags {
	VM_START_PAUSED = 1 << 0,
	VM_START_BYPASS_CACHE = 1 << 1, /* read libvirt's managed save past the host's cache */
	/* Give the firmware new UEFI variables; OPERATION_NOT_ALLOWED without UEFI, and with a managed save. */
	VM_START_RESET_NVRAM = 1 << 2,
};
/*
 * VM_BAD_POWER_STATE unless halted, or saved by libvirt (vm_is_saved()): then the guest goes on, and
 * VXE_DISK_CHANGED if the saved state and the definition name different disks.
 */
int vm_start(
	struct session *s, const char *uuid, unsigned flags, struct vxe_error *err) _must_check_;
/* vm-resume of a VM with libvirt's managed save. */
int vm_start_saved(
	struct session *s, const char *uuid, unsigned flags, struct vxe_error *err) _must_check_;
/*
 * Clean: presses the ACPI button and waits (VM_SHUTDOWN_TIMEOUT). Forced: stops the domain at once; drops the memory
 * of a Suspended VM, also that which libvirt has saved.
 */
int vm_shutdown(
	struct session *s, const char *uuid, bool force, struct vxe_error *err) _must_check_;

/*
 * Checks that the disks' files exist and that no other running or saved VM has them: VDI_NOT_AVAILABLE, VDI_IN_USE,
 * VXE_MANAGED_SAVE.
 */
int vm_check_disks(
	struct session *s, const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/*
 * Waits until the guest, whose button was pressed, is off; presses the button again. Another
 * process can cancel @op (may be NULL). Fails: VM_SHUTDOWN_TIMEOUT, TASK_CANCELLED.
 */
int vm_wait_halted(
	struct session *s, struct op *op, const char *uuid, struct vxe_error *err) _must_check_;
