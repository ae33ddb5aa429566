/* SPDX-License-Identifier: MIT */
/* The snapshot-* commands: they take one snapshot by UUID and refuse other objects. */
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_ops.h"
#include "xe/call.h"
#include "xe/command.h"

int snapshot_param(struct call *c, const char **ret, struct vxe_error *err)
{
	*ret = call_get(c, "snapshot-uuid");
	if (!*ret)
		*ret = call_get(c, "uuid");
	if (!*ret)
		return vxe_fail(
			err, CLI_USAGE, "Required parameter not found: snapshot-uuid or uuid.");
	if (call_session(c, err) < 0)
		return -1;
	return snapshot_check(c->session, *ret, err);
}

static int cmd_snapshot_revert(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (snapshot_param(c, &uuid, err) < 0)
		return -1;
	return snapshot_revert(c->session, uuid, err);
}

static int cmd_snapshot_destroy(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (snapshot_param(c, &uuid, err) < 0)
		return -1;
	return snapshot_destroy(c->session, uuid, err);
}

static int cmd_snapshot_reset_powerstate(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (command_needs_force(c, err) < 0 || snapshot_param(c, &uuid, err) < 0)
		return -1;
	return snapshot_reset_powerstate(c->session, uuid, err);
}

static int cmd_snapshot_uninstall(struct call *c, struct vxe_error *err)
{
	struct uninstall_options options = { 0 };
	_cleanup_strv_ struct strv victims = { 0 };
	const char *uuid;

	if (uninstall_options(c, &options, err) < 0 || snapshot_param(c, &uuid, err) < 0)
		return -1;
	strv_add(&victims, uuid);
	return uninstall(c, &options, &victims, false, err);
}

static int cmd_snapshot_disk_list(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (snapshot_param(c, &uuid, err) < 0)
		return -1;
	return print_disk_list(c, uuid, err);
}

const struct command snapshot_commands[] = {
	{ "snapshot-destroy", cmd_snapshot_destroy, 0,
		"Remove a snapshot but keep its disks. Snapshots taken after it stay usable.",
		PARAMS(SNAPSHOT_PARAMS) },
	{ "snapshot-disk-list", cmd_snapshot_disk_list, C_STANDARD | C_SELECTS,
		"List the disks of a snapshot",
		PARAMS(SNAPSHOT_PARAMS, { "vbd-params", 0 }, { "vdi-params", 0 },
			{ "params", P_HIDDEN }) },
	{ "snapshot-reset-powerstate", cmd_snapshot_reset_powerstate, C_STANDARD,
		"Make a checkpoint a snapshot of the disks alone: the memory goes. Only with "
		"--force",
		PARAMS(SNAPSHOT_PARAMS, { "force", 0 }) },
	{ "snapshot-revert", cmd_snapshot_revert, C_STANDARD,
		"Bring a VM back to the state that a snapshot holds. The VM and its disks keep "
		"their UUIDs, and no snapshot is lost.",
		PARAMS(SNAPSHOT_PARAMS, FIRMWARE_PARAM) },
	{ "snapshot-uninstall", cmd_snapshot_uninstall, C_STANDARD,
		"Remove a snapshot together with its disks, after asking. --force does not ask.",
		PARAMS(SNAPSHOT_PARAMS, { "force", 0 }, { "dry-run", P_OURS }) },
	{ 0 },
};
