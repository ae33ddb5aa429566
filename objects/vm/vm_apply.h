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

/*
 * Changes the VM as vm_apply_settings() does, and gives the running guest the new VCPUs-at-startup as its number of
 * VCPUs at once.
 */
int vm_apply_vcpus(struct session *s, const struct vm *before, const struct vm *after,
	struct vxe_error *err) _must_check_;

/*
 * Applies the changes from @before to @after to the record @now: *ret is the resulting record, and the plan gets each
 * changed field. Fails with VXE_TRY_AGAIN if somebody else changed the same field.
 */
int vm_merge_changes(const struct vm *before, const struct vm *after, const struct vm *now,
	struct plan *p, struct vm **ret, struct vxe_error *err) _must_check_;

/*
 * Changes a VM as vm_apply_settings() does when is-a-template changes (vm_template.c): the domain is undefined or
 * defined. Fails: VM_BAD_POWER_STATE, VM_IS_SNAPSHOT, VM_IS_PART_OF_AN_APPLIANCE, VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE,
 * VXE_MANAGED_SAVE, OPERATION_NOT_ALLOWED (libvirt has snapshots of its own; the domain's name is taken).
 */
int vm_change_kind(struct session *s, const struct vm *before, const struct vm *after,
	struct vxe_error *err) _must_check_;
