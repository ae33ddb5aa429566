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
	char *path;	   /* of the file; NULL: unknown */
	bool on_written;   /* the layer below is a disk that somebody still writes to */
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
 * Loads the disk; for an unknown UUID adopts unknown domains first. With @p, adds the necessary
 * locks: the disk, its VMs.
 */
int vdi_load(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_loaded *ret, struct vxe_error *err) _must_check_;
/*
 * The records of the disk's VMs take over what other programs changed, such as a snapshot of virsh; the caller loads the
 * disk again. Fails as vm_load() does: VXE_DISK_CHANGED, VXE_STORE_MISMATCH, VXE_TRANSIENT.
 */
int vdi_follow(struct session *s, const struct vdi_loaded *u, struct vxe_error *err) _must_check_;
/*
 * vdi_load() after vdi_follow(): for a command that reads or replaces the content. Without it such a command would
 * take the layer below a snapshot of virsh's that no command has seen for the disk.
 */
int vdi_load_now(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_loaded *ret, struct vxe_error *err) _must_check_;
/* Fails with VDI_NOT_MANAGED for base copies and files that vxe does not manage; with SR_NOT_ATTACHED. */
int vdi_check_managed(const struct vdi_loaded *u, struct vxe_error *err) _must_check_;
/*
 * Checks that a VM may get the disk: as before; VDI_NOT_MANAGED without a file, VDI_READONLY for a
 * frozen one, OPERATION_NOT_ALLOWED for one whose content another disk changes.
 */
int vdi_check_attach(
	const struct vdi_loaded *u, enum vbd_mode mode, struct vxe_error *err) _must_check_;
/* Fails with VXE_MANAGED_SAVE(vm) while libvirt has a managed save of a VM with the disk. */
int vdi_check_saved(
	struct session *s, const struct vdi_loaded *u, struct vxe_error *err) _must_check_;
/* As vdi_check_saved(); also VDI_IN_USE(vdi, operation) while a running or suspended VM has the disk. */
int vdi_check_idle(struct session *s, const struct vdi_loaded *u, const char *operation,
	struct vxe_error *err) _must_check_;
/*
 * Checks that the content can be read for a long time: nobody writes to it (a frozen layer below a
 * running VM is fine), the file exists, no layer has changed (VXE_LAYER_CHANGED). Adds the locks
 * that keep it so.
 */
int vdi_check_readable(struct session *s, struct txn *t, const struct vdi_loaded *u,
	const char *operation, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Chooses the domain whose XML is the commit point when the disk moves to another file, and sets the plan's
 * domain, running and commit; *target (owned) is the disk in it. No domain: NULL, COMMIT_STORE. Fails: VDI_IN_USE
 * (several run), VXE_STORE_MISMATCH.
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
