/* SPDX-License-Identifier: MIT */
/* Taking VM records away: what vm-destroy, snapshot-destroy and the uninstall commands share. */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/engine/plan.h"

/*
 * Removes the VM (or, by UUID, a template or snapshot) and its domain; disks stay. Snapshots that
 * are Suspended are fine.
 */
int vm_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* uuid must be a snapshot: "This operation can only be performed on a VM snapshot. ..." */
int snapshot_check(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int snapshot_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* uuid must be a template, or a snapshot: "... is not a VM template." */
int template_check(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* The snapshots of a VM join the victims of vm-uninstall: appends their UUIDs. */
int vm_snapshots_of(
	struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;

/*
 * Plans the end of one VM, template or snapshot: its record, VBDs and VIFs; its children get its
 * parent, unless they end, too (@ending, may be NULL). Its suspend image goes with it.
 */
int plan_vm_end(struct txn *t, const struct vm *vm, const struct strv *ending, struct plan *p,
	struct vxe_error *err) _must_check_;
/* OPERATION_NOT_ALLOWED for the record that stands for the host itself. */
int vm_check_not_host(const struct vm *vm, struct vxe_error *err) _must_check_;
/*
 * Plans the end of its domain, if it has one: VXE_MANAGED_SAVE, VXE_STORE_MISMATCH and the like
 * are found here.
 */
int plan_domain_end(
	struct session *s, const struct vm *vm, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * The disks of a Suspended VM go on in its guards, whatever was written to these. @released learns
 * which layers, and which image, nothing names any more. Before plan_vm_end().
 */
int plan_guards_end(struct session *s, const struct vm *vm, struct plan *p, struct strv *released,
	struct vxe_error *err) _must_check_;
