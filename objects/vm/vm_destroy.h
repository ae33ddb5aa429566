/* SPDX-License-Identifier: MIT */
/* Deletes records of VMs: for vm-destroy, snapshot-destroy and the uninstall commands. */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/engine/plan.h"

/* Deletes a VM, also a Suspended one, and its domain, or the template or snapshot with this UUID; disks stay. */
int vm_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Refuses an object that is no snapshot, with xe's error "This operation can only be performed on a VM snapshot. ...".
 */
int snapshot_check(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* What one operation deletes together with an object. */
enum end_with {
	END_ALONE,
	END_WITH_SNAPSHOTS, /* of a VM: all its snapshots */
	END_WITH_CHILDREN,  /* of a snapshot: all snapshots that descend from it */
	/* all snapshots that descend from the snapshot, but not the snapshot itself */
	END_CHILDREN,
};
/* Adds the UUIDs of all objects that the operation deletes to @ret, the named object first. */
int vm_ending(struct session *s, const char *uuid, enum end_with with, struct strv *ret,
	struct vxe_error *err) _must_check_;
int snapshot_destroy(struct session *s, const char *uuid, enum end_with with,
	struct vxe_error *err) _must_check_;

/* Refuses an object that is neither a template nor a snapshot, with xe's error "... is not a VM template.". */
int template_check(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * Plans the deletion of one VM, template or snapshot: its record, VBDs, VIFs and suspend image; its
 * children get its parent, unless they are deleted, too (@ending, may be NULL).
 */
int plan_vm_end(struct txn *t, const struct vm *vm, const struct strv *ending, struct plan *p,
	struct vxe_error *err) _must_check_;
/* Fails with OPERATION_NOT_ALLOWED for the control domain, the VM record that stands for the host itself. */
int vm_check_not_host(const struct vm *vm, struct vxe_error *err) _must_check_;
/*
 * Plans undefining the VM's domain, if it has one. libvirt's own snapshots of the domain must be on record among
 * @ending (may be NULL), because libvirt undefines no domain with snapshots. Fails: OPERATION_NOT_ALLOWED,
 * VXE_MANAGED_SAVE, VXE_STORE_MISMATCH and others.
 */
int plan_domain_end(struct session *s, const struct vm *vm, const struct strv *ending,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Plans that the guards of a Suspended VM, the overlays that its definition names, become its disks, even if they were
 * written to. @released gets the layers and the memory image that nothing names any more. To be called before
 * plan_vm_end().
 */
int plan_guards_end(struct session *s, const struct vm *vm, struct plan *p, struct strv *released,
	struct vxe_error *err) _must_check_;
