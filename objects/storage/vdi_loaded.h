/* SPDX-License-Identifier: MIT */
/* A disk with everything related to it, which every operation on a VDI loads first. */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/op.h"
#include "objects/engine/plan.h"

struct vdi_loaded {
	struct vdi *vdi;
	struct sr *sr;	   /* SR of the disk; NULL: none is on record */
	struct node *node; /* layer of the disk; NULL: vxe does not manage the file */
	char *path;	   /* path of the disk's file; NULL: unknown */
	bool on_written;   /* the layer below is itself a disk that somebody still writes to */
	struct records vbds;
	struct strv halted, running; /* UUIDs of domains that have a disk on this file */
};
void vdi_loaded_clear(struct vdi_loaded *u);
#define _cleanup_vdi_loaded_ _cleanup_(vdi_loaded_clear)
/* The format of the file; borrowed. */
const char *vdi_loaded_format(const struct vdi_loaded *u);
/* The virtual size of the file in bytes; another program may have resized it since it was recorded. */
int vdi_loaded_size(struct session *s, const struct vdi_loaded *u, int64_t *ret,
	struct vxe_error *err) _must_check_;

/*
 * In a pool, fails with HOST_OFFLINE if a VM of another host has the disk @uuid to itself: only there libvirt and QEMU
 * know what is done with it.
 */
int vdi_check_home(
	struct session *s, struct txn *t, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * Loads the records of a disk and finds the domains that use its file; for an unknown UUID first makes records of
 * domains that have none. With @p, adds locks on the disk and on its VMs to the plan. In a pool, fails as
 * sr_check_here() and vdi_check_home() do.
 */
int vdi_load(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_loaded *ret, struct vxe_error *err) _must_check_;
/*
 * Updates the records of the disk's VMs to what other programs have changed, such as a snapshot by virsh; the caller
 * loads the disk again afterwards. Fails as vm_load() does: VXE_DISK_CHANGED, VXE_STORE_MISMATCH, VXE_TRANSIENT.
 */
int vdi_follow(struct session *s, const struct vdi_loaded *u, struct vxe_error *err) _must_check_;
/*
 * Loads a disk as vdi_load() does, but after vdi_follow(): for a command that reads or replaces the disk's content.
 * After a snapshot by virsh that no vxe command has seen yet, such a command would otherwise take the layer below the
 * snapshot's overlay for the disk.
 */
int vdi_load_now(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_loaded *ret, struct vxe_error *err) _must_check_;
/*
 * Fails with VDI_NOT_MANAGED for a base copy or a file that vxe does not manage, and with SR_NOT_ATTACHED if the disk's
 * SR is not attached.
 */
int vdi_check_managed(const struct vdi_loaded *u, struct vxe_error *err) _must_check_;
/* Checks by the table of operations that the disk allows this one: see vdi_check_operation(). */
int vdi_check_allowed(struct session *s, const struct vdi_loaded *u, const char *operation,
	struct vxe_error *err) _must_check_;
/*
 * Checks that a VM may get the disk in this mode. Fails as vdi_check_managed() does; VDI_NOT_MANAGED for a disk without
 * a file, VDI_READONLY for writing to a frozen disk, OPERATION_NOT_ALLOWED for an overlay on a disk that is still
 * written to.
 */
int vdi_check_attach(
	const struct vdi_loaded *u, enum vbd_mode mode, struct vxe_error *err) _must_check_;
/* Fails with VXE_MANAGED_SAVE(vm) while libvirt has a managed save of a VM with the disk. */
int vdi_check_saved(
	struct session *s, const struct vdi_loaded *u, struct vxe_error *err) _must_check_;
/* As vdi_check_saved(); also VDI_IN_USE(vdi, operation) while a running or suspended VM has the disk. */
int vdi_check_idle(struct session *s, const struct vdi_loaded *u, const char *operation,
	struct vxe_error *err) _must_check_;
/* memory_check_unused() of the VDI. */
int vdi_check_no_memory(struct session *s, const struct vdi_loaded *u, const char *operation,
	struct vxe_error *err) _must_check_;
/*
 * Checks that the content can be read for a long time: nobody writes to it (a frozen layer below a
 * running VM is fine), the file exists, no layer has changed (VXE_LAYER_CHANGED). Adds the locks
 * that keep it so.
 */
int vdi_check_readable(struct session *s, struct txn *t, const struct vdi_loaded *u,
	const char *operation, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Chooses the domain whose XML is the commit point when the disk moves to another file, and sets the members domain,
 * running and commit of the plan; *target (owned) is the disk's target device in that domain. If no domain has the
 * disk, *target is NULL and the store transaction commits (COMMIT_STORE). Fails: VDI_IN_USE (several running domains
 * have the disk), VXE_STORE_MISMATCH.
 */
int vdi_plan_domain(struct session *s, const struct vdi_loaded *u, const char *operation,
	struct plan *p, char **target, struct vxe_error *err) _must_check_;
/* True if a Suspended VM has the disk. */
int vdi_is_suspended(struct session *s, const struct vdi_loaded *u, bool *ret,
	struct vxe_error *err) _must_check_;

/* ---- new disks ------------------------------------------------------------------------------- */

/* The SR, if disks can be made in it: it holds files and is attached. */
int sr_for_disks(
	struct txn *t, const char *uuid, struct sr **ret, struct vxe_error *err) _must_check_;
/* Rounds the size up to whole sectors; INVALID_VALUE(field, size) if it is not positive. */
int vdi_round(int64_t *size, const char *field, struct vxe_error *err) _must_check_;
