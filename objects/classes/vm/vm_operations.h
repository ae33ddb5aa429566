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
 * Checks that the VM allows the operation now. @operation is xe's name ("start", "snapshot", "hard_shutdown"). Fails,
 * in this order: OPERATION_BLOCKED(vm, reason), VM_BAD_POWER_STATE(vm, expected, actual), VM_IS_TEMPLATE(vm, op),
 * VM_IS_SNAPSHOT(vm, op), OPERATION_NOT_ALLOWED(reason); VXE_SNAPSHOT_INSIDE(snapshot, name) to clone a snapshot whose
 * content has no file of its own.
 */
int vm_check_operation(struct session *s, const struct vm *vm, const char *operation,
	struct vxe_error *err) _must_check_;
/*
 * True for a snapshot whose content is inside an image that the VM wrote to: libvirt can go back to the snapshot, and
 * the snapshot can be copied as a whole.
 */
bool vm_is_inside_image(const struct vm *vm);
/*
 * True for a snapshot of libvirt's that libvirt does not list now, because vxe has removed it from libvirt's list
 * (VM_KEPT_HIDDEN, VM_KEPT_APART).
 */
bool vm_is_hidden(const struct vm *vm);
/* *ret: the pool allows to clone suspended VMs, by other-config:allow_clone_suspended_vm. */
int vm_clones_suspended(struct session *s, bool *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the operations that a VM allows in the power state @state while the operations @current (xe's names) run, in
 * the order of the table of operations. @suspended_too: vm_clones_suspended(). @saved: libvirt keeps a managed save of
 * the VM, which fits only the disks as they are, or the guest sleeps.
 */
void vm_allowed_operations(const struct vm *vm, enum power_state state, const struct strv *current,
	bool suspended_too, bool saved, struct strv *ret);
/* True if xe has an operation on VMs with this printed name, even if vxe does not offer it. */
bool vm_operation_exists(const char *name);
