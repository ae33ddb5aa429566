/* SPDX-License-Identifier: MIT */
/* The operations on VMs, each defined beside its plan. */
#pragma once

#include "objects/engine/op.h"

extern const struct op_type vm_start_op, vm_shutdown_op, vm_destroy_op, vm_uninstall_op;
extern const struct op_type vm_suspend_op, vm_resume_op, vm_renew_op, vm_checkpoint_op;
extern const struct op_type vm_snapshot_op, snapshot_revert_op, vm_disk_add_op;
extern const struct op_type vm_freeze_op, vm_clone_op, vm_copy_op, vm_template_op;
extern const struct op_type vm_reboot_op, vm_pause_op, vm_unpause_op, snapshot_reset_op;
extern const struct op_type vm_install_op, vm_create_op;
extern const struct op_type vm_adopt_disks_op;
extern const struct op_type vm_export_op, vm_import_op;
