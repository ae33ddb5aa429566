/* SPDX-License-Identifier: MIT */
/* Commands that change the power state of VMs and need little more than a selection. */
#include "objects/vm/vm_ops.h"
#include "xe/select.h"

static int pause_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	(void)ctx, (void)ret;
	return vm_pause(c->session, uuid, err);
}

static int cmd_vm_pause(struct call *c, struct vxe_error *err)
{
	return each_vm(c, 0, pause_one, NULL, err);
}

static int unpause_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	(void)ctx, (void)ret;
	return vm_unpause(c->session, uuid, err);
}

static int cmd_vm_unpause(struct call *c, struct vxe_error *err)
{
	return each_vm(c, 0, unpause_one, NULL, err);
}

static int reboot_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const bool *force = ctx;

	(void)ret;
	return vm_reboot(c->session, uuid, *force, err);
}

static int cmd_vm_reboot(struct call *c, struct vxe_error *err)
{
	bool force = false;

	if (params_flag(c->params, "force", &force, err) < 0)
		return -1;
	return each_vm(c, 0, reboot_one, &force, err);
}

/* ---- vm-reset-powerstate -------------------------------------------------------------------- */

int command_needs_force(struct call *c, struct vxe_error *err)
{
	bool force = false;

	if (params_flag(c->params, "force", &force, err) < 0)
		return -1;
	return force ? 0 : vxe_fail_text(err, "dangerous operation, needs --force");
}

static int reset_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	(void)ctx, (void)ret;
	return vm_reset_powerstate(c->session, uuid, err);
}

static int cmd_vm_reset_powerstate(struct call *c, struct vxe_error *err)
{
	if (command_needs_force(c, err) < 0)
		return -1;
	return each_vm(c, 0, reset_one, NULL, err);
}

const struct command power_commands[] = {
	{ "vm-pause", cmd_vm_pause, C_STANDARD | C_SELECTS,
		"Stop the CPUs of the selected VMs; vm-unpause lets them go on", NO_PARAMS },
	{ "vm-reboot", cmd_vm_reboot, C_STANDARD | C_SELECTS,
		"Shut down the selected VMs and start them again; with --force the plug is pulled",
		PARAMS({ "force", 0 }) },
	{ "vm-reset-powerstate", cmd_vm_reset_powerstate, C_STANDARD | C_SELECTS,
		"Make the selected VMs count as halted; the memory of suspended ones is lost. "
		"Only with --force",
		PARAMS({ "force", 0 }) },
	{ "vm-unpause", cmd_vm_unpause, C_STANDARD | C_SELECTS,
		"Let the CPUs of the selected paused VMs go on", NO_PARAMS },
	{ 0 },
};
