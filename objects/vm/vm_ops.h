/* SPDX-License-Identifier: MIT */
/*
 * What can be done with VMs and snapshots. Each call locks what it needs, recovers what a dead vxe
 * left on it, and is done wholly or not at all. UUIDs in; results are owned by the caller.
 * Behaviour source: docs/semantics.md, after xen-api's xapi_vm*.ml.
 */
#pragma once

#include "objects/session/session.h"
#include "objects/vm/vm_clone.h"

/*
 * Off and on again, so that the new start takes what was changed in the definition. Clean: presses
 * the button and waits (VM_SHUTDOWN_TIMEOUT). A reboot that cannot start the VM leaves it Halted.
 */
int vm_reboot(struct session *s, const char *uuid, bool force, struct vxe_error *err) _must_check_;
int vm_pause(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vm_unpause(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * The VM counts as Halted, whatever vxe believed; the memory of a Suspended one goes. Fails:
 * DOMAIN_EXISTS when it runs, CANNOT_RESET_CONTROL_DOMAIN.
 */
int vm_reset_powerstate(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* The same for a checkpoint: it becomes a snapshot of the disks alone. */
int snapshot_reset_powerstate(
	struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* Saves the memory of a running guest; the VM is Suspended then. */
int vm_suspend(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * Goes on exactly where the guest was. When somebody started the VM meanwhile VXE_DISK_CHANGED;
 * @discard_changes stops it first and drops what was written since.
 */
int vm_resume(struct session *s, const char *uuid, bool discard_changes,
	struct vxe_error *err) _must_check_;

/*
 * A VM from a template or snapshot: a clone of it, or with @args->sr a copy there, and the disks
 * that its other-config:disks asks for. Halted; from a snapshot without SR only.
 */
int vm_install(struct session *s, const char *template, const struct vm_clone_args *args,
	char **ret, struct vxe_error *err) _must_check_;
/* A VM without disks and cards. */
int vm_create(struct session *s, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;

/*
 * Ends VXE_DISK_CHANGED: the definition names the files on record again, or the files that it names
 * become the VM's disks and those on record stay as unattached VDIs. @lines say what is done, or with @dry_run would be; none: both agree. Fails: VM_BAD_POWER_STATE, unless the VM runs on
 * the files that are to be put back.
 */
enum adopt_keep { KEEP_RECORDS, KEEP_DEFINITION };
int vm_adopt_disks(struct session *s, const char *uuid, enum adopt_keep keep, bool dry_run,
	struct strv *lines, struct vxe_error *err) _must_check_;

int snapshot_revert(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * A new empty disk of @size bytes at @device ("0", "vda", "autodetect") in the SR (NULL: the pool's
 * default), plugged in at once when the VM runs.
 */
int vm_disk_add(struct session *s, const char *uuid, const char *device, int64_t size,
	const char *sr, struct vxe_error *err) _must_check_;
