/* SPDX-License-Identifier: MIT */
/* An import with preserve=true: the VM of that UUID is replaced if it may be. */
#pragma once

#include "objects/archive/vm_import_devices.h"

/*
 * vm_import_replace.c: with preserve=true. The VM of that UUID, if there is one that may be replaced.
 * Fails: VM_BAD_POWER_STATE, VM_TO_IMPORT_IS_NOT_NEWER_VERSION, DUPLICATE_MAC_SEED, VM_IS_SNAPSHOT,
 * OPERATION_NOT_ALLOWED.
 */
int import_find_old(struct session *s, struct importing *i, struct vxe_error *err) _must_check_;
/* Its devices go, its disks stay. Before making_plan(). */
void import_plan_old_end(struct making *m, const struct importing *i);
/* The step that defines the domain, its undo, and on which side of it a dead vxe left off. */
int step_define_imported(struct op *op, struct vxe_error *err);
int step_undefine_imported(struct op *op, struct vxe_error *err);
int probe_imported(struct op *op, struct vxe_error *err);
