/* SPDX-License-Identifier: MIT */
/*
 * The operations that a VM, template or snapshot allows in each power state: one table for the
 * checks of commands and for the field allowed-operations. Behaviour source: xen-api
 * ocaml/xapi/xapi_vm_lifecycle.ml.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * Fails: OPERATION_BLOCKED(vm, reason), VM_BAD_POWER_STATE(vm, expected, actual),
 * VM_IS_TEMPLATE(vm, op), VM_IS_SNAPSHOT(vm, op), OPERATION_NOT_ALLOWED(reason), in this order;
 * VXE_SNAPSHOT_INSIDE(snapshot, name) for what only a file of its own can give.
 * @operation is xe's name ("start", "snapshot", "hard_shutdown").
 */
int vm_check_operation(struct session *s, const struct vm *vm, const char *operation,
	struct vxe_error *err) _must_check_;
/* Its content is inside an image that the VM wrote to: libvirt can go back to it, and it can be copied as a whole. */
bool vm_is_inside_image(const struct vm *vm);
/* True for a snapshot that libvirt does not list now, because vxe hides it (VM_KEPT_HIDDEN, VM_KEPT_APART). */
bool vm_is_hidden(const struct vm *vm);
/* *ret: whether the pool's other-config:allow_clone_suspended_vm says yes. */
int vm_clones_suspended(struct session *s, bool *ret, struct vxe_error *err) _must_check_;
/*
 * All allowed operations, in the order of the table, for a power state and running operations (xe's names) that the
 * caller knows. @suspended_too: vm_clones_suspended(). @saved: libvirt keeps a saved state of the VM, which fits only
 * the disks as they are.
 */
void vm_allowed_operations(const struct vm *vm, enum power_state state, const struct strv *current,
	bool suspended_too, bool saved, struct strv *ret);
/* True for the printed name of any operation of xe, even if it is not in the table. */
bool vm_operation_exists(const char *name);
