/* SPDX-License-Identifier: MIT */
/*
 * The memory image that a VM or checkpoint names. Its record may come from a file of the database or from an older
 * vxe, which let anybody set the field; so what it names counts only if it is a memory image, and it goes with the VM
 * only if nothing else names it.
 */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm.h"

/* *ret: the VDI with the VM's memory; NULL: the VM names none, or something else. */
int vm_memory_find(
	struct txn *t, const struct vm *vm, struct vdi **ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the VDI with the VM's memory, as vm_memory_find(), if it goes when the VM gives its memory up; NULL also if
 * another VM or checkpoint, none of @ending (may be NULL), or a VBD names it.
 */
int vm_memory_ending(struct txn *t, const struct vm *vm, const struct strv *ending,
	struct vdi **ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the suspended VM or checkpoint, none of @except (may be NULL), that names the VDI as its memory; NULL: there
 * is none.
 */
int memory_user(struct txn *t, const char *vdi, const struct strv *except, struct vm **ret,
	struct vxe_error *err) _must_check_;
/*
 * Fails with VDI_IN_USE(vdi, operation), and the VM or checkpoint as its detail, if the VDI is somebody's memory, which
 * would be lost.
 */
int memory_check_unused(
	struct txn *t, const char *vdi, const char *operation, struct vxe_error *err) _must_check_;
