/* SPDX-License-Identifier: MIT */
/* The snapshot-* verbs: they take one snapshot by UUID and refuse what is none. */
#include "objects/vm/vm_ops.h"
#include "xe/command.h"

int snapshot_param(struct call *c, const char **ret, struct vxe_error *err)
{
	struct session *s;

	*ret = params_get(c->params, "snapshot-uuid");
	if (!*ret)
		*ret = params_get(c->params, "uuid");
	if (!*ret)
		return vxe_fail(
			err, CLI_USAGE, "Required parameter not found: snapshot-uuid or uuid.");
	if (call_session(c, &s, err) < 0)
		return -1;
	return snapshot_check(s, *ret, err);
}

int cmd_snapshot_revert(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (snapshot_param(c, &uuid, err) < 0)
		return -1;
	return snapshot_revert(c->session, uuid, err);
}

int cmd_snapshot_destroy(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (snapshot_param(c, &uuid, err) < 0)
		return -1;
	return snapshot_destroy(c->session, uuid, err);
}

int cmd_snapshot_reset_powerstate(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (command_needs_force(c, err) < 0 || snapshot_param(c, &uuid, err) < 0)
		return -1;
	return snapshot_reset_powerstate(c->session, uuid, err);
}

int cmd_snapshot_uninstall(struct call *c, struct vxe_error *err)
{
	struct uninstall_options options = { 0 };
	_cleanup_strv_ struct strv victims = { 0 };
	const char *uuid;

	if (uninstall_options(c, &options, err) < 0 || snapshot_param(c, &uuid, err) < 0)
		return -1;
	strv_add(&victims, uuid);
	return uninstall(c, &options, &victims, false, err);
}

int cmd_snapshot_disk_list(struct call *c, struct vxe_error *err)
{
	const char *uuid;

	if (snapshot_param(c, &uuid, err) < 0)
		return -1;
	return print_disk_list(c, uuid, err);
}
