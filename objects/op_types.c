/* SPDX-License-Identifier: MIT */
/* The registry of operations: recovery finds an intent's steps here by name. */
#include "objects/node_ops.h"
#include "objects/op.h"
#include "objects/vm_apply.h"
#include "objects/vm_op_types.h"

const struct op_type *const op_types[] = {
	&vm_start_op,
	&vm_shutdown_op,
	&vm_reboot_op,
	&vm_pause_op,
	&vm_unpause_op,
	&snapshot_reset_op,
	&vm_suspend_op,
	&vm_resume_op,
	&vm_renew_op,
	&vm_snapshot_op,
	&vm_checkpoint_op,
	&snapshot_revert_op,
	&vm_destroy_op,
	&vm_uninstall_op,
	&vm_disk_add_op,
	&vm_apply_op,
	&vm_freeze_op,
	&vm_clone_op,
	&vm_copy_op,
	&vm_template_op,
	&vm_install_op,
	&vm_create_op,
	&coalesce_commit_op,
	&coalesce_pull_op,
	NULL,
};
