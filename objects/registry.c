/* SPDX-License-Identifier: MIT */
/* The registry of operations: recovery finds an intent's steps here by name. */
#include "objects/devices/device.h"
#include "objects/devices/network_ops.h"
#include "objects/engine/op.h"
#include "objects/layers/node_ops.h"
#include "objects/storage/sr_ops.h"
#include "objects/storage/vdi_use.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_op_types.h"

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
	&vm_adopt_disks_op,
	&vm_freeze_op,
	&vm_clone_op,
	&vm_copy_op,
	&vm_template_op,
	&vm_install_op,
	&vm_create_op,
	&vm_export_op,
	&vm_import_op,
	&coalesce_commit_op,
	&coalesce_pull_op,
	&vdi_create_op,
	&vdi_copy_op,
	&vdi_destroy_op,
	&vdi_forget_op,
	&vdi_import_op,
	&vdi_resize_op,
	&vbd_create_op,
	&vbd_destroy_op,
	&vbd_plug_op,
	&vbd_unplug_op,
	&vbd_insert_op,
	&vbd_eject_op,
	&vm_disk_remove_op,
	&vif_create_op,
	&vif_destroy_op,
	&vif_plug_op,
	&vif_unplug_op,
	&vif_move_op,
	&sr_create_op,
	&sr_destroy_op,
	&sr_forget_op,
	&pbd_plug_op,
	&pbd_unplug_op,
	&network_create_op,
	&network_destroy_op,
	NULL,
};
