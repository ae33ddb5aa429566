/* SPDX-License-Identifier: MIT */
/*
 * Operations on VMs and snapshots. Each call takes its locks, recovers operations of a dead vxe on
 * its objects, and is done completely or not at all. Parameters are UUIDs; the caller owns the
 * results. Behaviour source: docs/semantics.md, after xen-api's xapi_vm*.ml.
 */
#pragma once

#include "objects/session/session.h"
#include "objects/vm/vm_clone.h"

/*
 * Reboots a VM by stopping and starting its domain, so that changes of the definition take effect. Without @force
 * presses the ACPI button and waits (VM_SHUTDOWN_TIMEOUT). If the VM cannot be started again it stays Halted.
 */
int vm_reboot(struct session *s, const char *uuid, bool force, struct vxe_error *err) _must_check_;
int vm_pause(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vm_unpause(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * vm-reset-powerstate: makes the VM Halted, whatever its record says; deletes the memory of a Suspended VM. Fails:
 * DOMAIN_EXISTS when it runs, CANNOT_RESET_CONTROL_DOMAIN.
 */
int vm_reset_powerstate(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* snapshot-reset-powerstate: makes a checkpoint a snapshot of the disks alone. */
int snapshot_reset_powerstate(
	struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Saves the memory of a running guest; then the VM is Suspended. @bypass_cache: writes past the host's page cache; if
 * the SR's file system cannot do that, fails with VXE_IMAGE_FAILED, and the guest runs on.
 */
int vm_suspend(
	struct session *s, const char *uuid, bool bypass_cache, struct vxe_error *err) _must_check_;
/*
 * Flags of vm_resume(), which continues a suspended guest exactly where it was. VXE_DISK_CHANGED when somebody has
 * started the VM meanwhile; RESUME_DISCARD stops the VM first and drops what was written since it was suspended.
 */
enum resume_flags {
	RESUME_DISCARD = 1 << 0,
	RESUME_PAUSED = 1 << 1, /* the guest's processors stay stopped until vm_unpause() */
	RESUME_FORCE = 1 << 2,	/* only for vm_resume_file() */
	/* Reads the memory past the host's cache; VXE_IMAGE_FAILED if the file system cannot do that. */
	RESUME_BYPASS_CACHE = 1 << 3,
};
int vm_resume(
	struct session *s, const char *uuid, unsigned flags, struct vxe_error *err) _must_check_;
/*
 * Resumes a halted VM from a memory file that 'virsh save' made; the file stays as it is. VXE_MEMORY_UNFIT when the
 * memory does not fit the VM's disks; RESUME_FORCE continues, with a notice, where a disk's file was written to later
 * than the memory, or where vxe cannot know.
 */
int vm_resume_file(struct session *s, const char *uuid, const char *file, unsigned flags,
	struct vxe_error *err) _must_check_;

/*
 * Makes a halted VM from a template or snapshot: a clone, or with @args->sr a copy in that SR, and the disks that its
 * other-config:disks describes. From a snapshot only without @args->sr.
 */
int vm_install(struct session *s, const char *template, const struct vm_clone_args *args,
	char **ret, struct vxe_error *err) _must_check_;
/* vm-create: makes a VM without disks and cards. */
int vm_create(struct session *s, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;

/*
 * Resolves VXE_DISK_CHANGED, when a definition and the records name different files: with KEEP_RECORDS the definition
 * names the files on record again, with KEEP_DEFINITION its files become the VM's disks and those on record stay as
 * unattached VDIs. @lines describe what is done, or with @dry_run would be done; none: definition and records agree.
 * Fails with VM_BAD_POWER_STATE if the VM runs, unless KEEP_RECORDS is asked for and the VM runs on the files on
 * record.
 */
enum adopt_keep { KEEP_RECORDS, KEEP_DEFINITION };
int vm_adopt_disks(struct session *s, const char *uuid, enum adopt_keep keep, bool dry_run,
	struct strv *lines, struct vxe_error *err) _must_check_;

/*
 * Gives the VM of the snapshot its disks, settings and cards back, and of a checkpoint the memory: then the VM is
 * Suspended. A running guest is ended, a VM that was destroyed is made again. Fails: REVERT_ONLY_ALLOWED_ON_SNAPSHOT,
 * VM_REVERT_FAILED, VDI_IN_USE and others.
 */
int snapshot_revert(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* For a dry run: shows what snapshot_revert() does after a snapshot of the present state. */
int snapshot_revert_foreseen(
	struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Reverts a VM to a snapshot, with what comes before and after that. @keep: makes a snapshot of the present state first
 * (of a Suspended VM with its memory), whose UUID is *kept (NULL: none); if the revert then changes nothing, this
 * snapshot is removed again. @start: the VM is started afterwards, or resumed from a checkpoint's memory; if only that
 * fails, the VM stays reverted. @reset_nvram: the VM starts with new UEFI variables; OPERATION_NOT_ALLOWED without a
 * start, without UEFI, or with memory.
 */
enum revert_start { START_NONE, START_RUNNING, START_PAUSED };
struct revert_args {
	enum revert_start start;
	bool keep, reset_nvram;
};
int snapshot_revert_with(struct session *s, const char *uuid, const struct revert_args *args,
	char **kept, struct vxe_error *err) _must_check_;

/*
 * Adds an empty disk of @size bytes at @device ("0", "vda", "autodetect") in the SR (NULL: the
 * pool's default); plugs it at once when the VM runs.
 */
int vm_disk_add(struct session *s, const char *uuid, const char *device, int64_t size,
	const char *sr, struct vxe_error *err) _must_check_;
