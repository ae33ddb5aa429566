/* SPDX-License-Identifier: MIT */
/*
 * What can be done with VMs and snapshots. Each call locks what it needs, recovers what a dead vxe
 * left on it, and is done wholly or not at all. UUIDs in; results are owned by the caller.
 * Behaviour source: docs/semantics.md, after xen-api's xapi_vm*.ml.
 */
#pragma once

#include "objects/session/session.h"

/* VM_BAD_POWER_STATE unless halted. */
int vm_start(struct session *s, const char *uuid, bool paused, struct vxe_error *err) _must_check_;
/* Clean: presses the button and waits (VM_SHUTDOWN_TIMEOUT). Forced: pulls the plug. */
int vm_shutdown(
	struct session *s, const char *uuid, bool force, struct vxe_error *err) _must_check_;
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
/*
 * Removes the VM (or, by UUID, a template or snapshot) and its domain; disks stay. Snapshots that
 * are Suspended are fine.
 */
int vm_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* Saves the memory of a running guest; the VM is Suspended then. */
int vm_suspend(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * Goes on exactly where the guest was. When somebody started the VM meanwhile VXE_DISK_CHANGED;
 * @discard_changes stops it first and drops what was written since.
 */
int vm_resume(struct session *s, const char *uuid, bool discard_changes,
	struct vxe_error *err) _must_check_;

struct vm_snapshot_args {
	const char *name_label;
	const char *name_description;	/* NULL: the VM's */
	const struct strv *ignore_vdis; /* may be NULL */
};
/* All disks of the VM at one instant; *ret is the snapshot's UUID. */
int vm_snapshot(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

struct vm_clone_args {
	const char *name_label;
	const char *name_description; /* NULL: the source's */
	const char *sr; /* vm_copy: where the copies go; NULL: each beside its source */
};
/*
 * A new VM of a halted VM, a template of a template or snapshot, with the source's disks: a clone
 * shares its layers, a copy has whole files. Memory of a checkpoint is dropped. *ret is the UUID.
 */
int vm_clone(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
int vm_copy(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
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
/* NULL, or an SR in which disks can be made: else UUID_INVALID, OPERATION_NOT_ALLOWED (ISOs). */
int sr_check_takes_disks(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * The memory, too, of a running VM (while it goes on) or of a Suspended one; a paused one's is not
 * taken. VM_BAD_POWER_STATE when it is halted.
 */
int vm_checkpoint(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * Ends VXE_DISK_CHANGED: the definition names the files on record again, or the files that it names
 * become the VM's disks and those on record stay as unattached VDIs. @lines say what is done, or with @dry_run would be; none: both agree. Fails: VM_BAD_POWER_STATE, unless the VM runs on
 * the files that are to be put back.
 */
enum adopt_keep { KEEP_RECORDS, KEEP_DEFINITION };
int vm_adopt_disks(struct session *s, const char *uuid, enum adopt_keep keep, bool dry_run,
	struct strv *lines, struct vxe_error *err) _must_check_;

/* uuid must be a snapshot: "This operation can only be performed on a VM snapshot. ..." */
int snapshot_check(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int snapshot_revert(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int snapshot_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* uuid must be a template, or a snapshot: "... is not a VM template." */
int template_check(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Uninstall in two halves, so that the list that is shown is the plan that is run. The lines are
 * xe's ("VM : UUID (NAME)", "VDI: UUID (NAME) ..."); as `vxe` more lines say which files go, stay
 * or are merged.
 */
struct uninstall;
int uninstall_plan(struct session *s, const struct strv *vms, bool with_snapshots,
	struct uninstall **ret, struct vxe_error *err) _must_check_;
/* xe's lines; borrowed. */
const struct strv *uninstall_items(const struct uninstall *u);
/* What becomes of the layers, a line each, and what keeps those that have to wait. */
int uninstall_actions(struct session *s, const struct uninstall *u, struct strv *ret,
	struct vxe_error *err) _must_check_;
/*
 * Before anybody is asked: VXE_INTERNAL_SNAPSHOTS(file, snapshots) when a file that goes holds some and
 * there is no force=true, by which they are named (ui.notice).
 */
int uninstall_check(
	struct session *s, const struct uninstall *u, struct vxe_error *err) _must_check_;
/* Fails with VXE_TRY_AGAIN, nothing done, when the plan would now be another. */
int uninstall_run(struct session *s, struct uninstall *u, struct vxe_error *err) _must_check_;
/* After the run: the layers that wait, as uninstall_actions() has them. Borrowed. */
const struct strv *uninstall_waits(const struct uninstall *u);
void uninstall_free(struct uninstall *u); /* accepts NULL */
DEFINE_CLEANUP(struct uninstall *, uninstall_free)
#define _cleanup_uninstall_ _cleanup_(uninstall_free_cleanup)

/* The snapshots of a VM join the victims of vm-uninstall: appends their UUIDs. */
int vm_snapshots_of(
	struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;

/*
 * A new empty disk of @size bytes at @device ("0", "vda", "autodetect") in the SR (NULL: the pool's
 * default), plugged in at once when the VM runs.
 */
int vm_disk_add(struct session *s, const char *uuid, const char *device, int64_t size,
	const char *sr, struct vxe_error *err) _must_check_;
