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
/*
 * Defines the domain of the imported VM; nothing for a template. A replaced VM, which must not run, gets the new
 * definition. A new domain whose name is taken gets another; with a memory image, which contains the name, the step
 * fails instead.
 */
int step_define_imported(struct op *op, struct vxe_error *err);
/*
 * The undo of step_define_imported(): the replaced VM gets its old definition back; a new domain is undefined. UEFI
 * variables and TPM state stay.
 */
int step_undefine_imported(struct op *op, struct vxe_error *err);
/* Returns 1 if the definition of the replaced VM names the new images; without one, if there is the new domain. */
int probe_imported(struct op *op, struct vxe_error *err);
