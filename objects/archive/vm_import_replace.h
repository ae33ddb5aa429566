/* SPDX-License-Identifier: MIT */
/* Imports with preserve=true: replaces the VM that has the archive's UUID, if that is allowed. */
#pragma once

#include "objects/archive/vm_import_devices.h"

/*
 * Finds the VM that the import replaces, and checks that it may be replaced. Fails: VM_BAD_POWER_STATE,
 * VM_TO_IMPORT_IS_NOT_NEWER_VERSION, DUPLICATE_MAC_SEED, VM_IS_SNAPSHOT, OPERATION_NOT_ALLOWED.
 */
int import_find_old(struct session *s, struct importing *i, struct vxe_error *err) _must_check_;
/*
 * Plans that the records of the replaced VM and of its devices are removed; its disks stay. Must be called before
 * making_plan().
 */
void import_plan_old_end(struct making *m, const struct importing *i);
/* The step that defines the domain of the imported VM, the undo of the step, and its probe. */
int step_define_imported(struct op *op, struct vxe_error *err);
int step_undefine_imported(struct op *op, struct vxe_error *err);
int probe_imported(struct op *op, struct vxe_error *err);
