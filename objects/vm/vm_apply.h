/* SPDX-License-Identifier: MIT */
/* Changes settings of a VM that its domain has, too. */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/engine/plan.h"

/*
 * Changes the VM's record and its domain from @before (as read) to @after, in one operation,
 * completely or not at all. VXE_TRY_AGAIN when the record is no longer @before.
 */
int vm_apply_settings(struct session *s, const struct vm *before, const struct vm *after,
	struct vxe_error *err) _must_check_;

/* As the function above, when VCPUs-at-startup changes and the running guest gets the same number at once. */
int vm_apply_vcpus(struct session *s, const struct vm *before, const struct vm *after,
	struct vxe_error *err) _must_check_;

/*
 * Applies the changes from @before to @after to @now: *ret, and as sets of the plan. Fails with
 * VXE_TRY_AGAIN if somebody else changed the same field.
 */
int vm_merge_changes(const struct vm *before, const struct vm *after, const struct vm *now,
	struct plan *p, struct vm **ret, struct vxe_error *err) _must_check_;

/*
 * The same when is-a-template changes (vm_template.c): the domain is undefined or defined. Fails:
 * VM_BAD_POWER_STATE, VM_IS_SNAPSHOT, VM_IS_PART_OF_AN_APPLIANCE, VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE,
 * VXE_MANAGED_SAVE, OPERATION_NOT_ALLOWED (libvirt's own snapshots; its name is taken).
 */
int vm_change_kind(struct session *s, const struct vm *before, const struct vm *after,
	struct vxe_error *err) _must_check_;
