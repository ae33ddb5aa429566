/* SPDX-License-Identifier: MIT */
/* The vm-* commands: parse the command's own parameters, select, call one operation. */
#include "objects/records/list.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/vm_snapshot.h"
#include "xe/select.h"

/* ---- vm-start, vm-shutdown ------------------------------------------------------------------ */

/* Prints the reasons before the error that no host can start the VM. */
static int explain_refusal(struct call *c, const char *uuid, const struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_strv_ struct strv head = { 0 };

	if (err->code != NO_HOSTS_AVAILABLE)
		return -1;
	progress_hide(c->progress);
	strv_add(&head, "There are no suitable hosts to start this VM on.");
	strv_add(&head, "The following table provides per-host reasons for why the VM could not be "
			"started:");
	strv_add(&head, "");
	render_list(c->render, &head);
	if (print_host_report(c, uuid, &ignored) < 0)
		error_clear(&ignored); /* the error is reported without them */
	return -1;
}

static int start_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const bool *paused = ctx;

	(void)ret;
	if (vm_start(c->session, uuid, *paused, err) < 0)
		return explain_refusal(c, uuid, err);
	progress_done(c->progress);
	return 0;
}

/* Accepts on= only if it names this host. */
static int check_host(struct call *c, const char *host, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("host");
	/* In the order of the record. */
	const struct field *const fields[] = { class_field(v->cls, "name-label"),
		class_field(v->cls, "enabled"), class_field(v->cls, "hostname"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (call_session(c, err) < 0 ||
		list_rows(c->session, v, NULL, 0, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = &rows.items[i];

		if (str_eq(row->uuid, host) || str_eq(row->values[0].string, host) ||
			str_eq(row->values[2].string, host))
			return row->values[1].integer ? 0 : vxe_fail(err, HOST_DISABLED, row->uuid);
	}

	_cleanup_free_ char *text = xasprintf("Host %s not found", host);

	return vxe_fail(err, CLI_NO_MATCH, text);
}

static int cmd_vm_start(struct call *c, struct vxe_error *err)
{
	const char *on = call_get(c, "on");
	bool force = false, paused = false;

	/* force= would override the host's refusal; here it is only checked. */
	if (params_flag(c->params, "force", &force, err) < 0 ||
		params_flag(c->params, "paused", &paused, err) < 0)
		return -1;
	if (on && check_host(c, on, err) < 0)
		return -1;
	c->progress->lines = call_get(c, "progress") != NULL;
	return each_vm(c, SELECT_CONTROL, start_one, &paused, err);
}

static int shutdown_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const bool *force = ctx;

	(void)ret;
	if (vm_shutdown(c->session, uuid, *force, err) < 0)
		return -1;
	progress_done(c->progress);
	return 0;
}

static int cmd_vm_shutdown(struct call *c, struct vxe_error *err)
{
	bool force = false;

	if (params_flag(c->params, "force", &force, err) < 0)
		return -1;
	c->progress->lines = call_get(c, "progress") != NULL;
	return each_vm(c, 0, shutdown_one, &force, err);
}

/* ---- vm-suspend, vm-resume ------------------------------------------------------------------ */

static int suspend_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	(void)ctx, (void)ret;
	if (vm_suspend(c->session, uuid, err) < 0)
		return -1;
	progress_done(c->progress);
	return 0;
}

static int cmd_vm_suspend(struct call *c, struct vxe_error *err)
{
	c->progress->lines = call_get(c, "progress") != NULL;
	return each_vm(c, 0, suspend_one, NULL, err);
}

static int resume_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const bool *discard_changes = ctx;

	(void)ret;
	if (vm_resume(c->session, uuid, *discard_changes, err) < 0)
		return explain_refusal(c, uuid, err);
	progress_done(c->progress);
	return 0;
}

static int cmd_vm_resume(struct call *c, struct vxe_error *err)
{
	const char *on = call_get(c, "on");
	bool force = false, discard_changes = false;

	if (params_flag(c->params, "force", &force, err) < 0 ||
		params_flag(c->params, "discard-changes", &discard_changes, err) < 0)
		return -1;
	if (on && check_host(c, on, err) < 0)
		return -1;
	c->progress->lines = call_get(c, "progress") != NULL;
	return each_vm(c, 0, resume_one, &discard_changes, err);
}

/* ---- vm-adopt-disks ------------------------------------------------------------------------- */

struct adopt_call {
	enum adopt_keep keep;
	bool dry_run;
};

static int adopt_disks_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const struct adopt_call *a = ctx;
	_cleanup_strv_ struct strv lines = { 0 };

	(void)ret;
	if (vm_adopt_disks(c->session, uuid, a->keep, a->dry_run, &lines, err) < 0)
		return -1;
	progress_hide(c->progress);
	for (size_t i = 0; i < lines.n; i++)
		render_line(c->render, lines.items[i]);
	if (!lines.n)
		render_line(c->render, "The definition and the records name the same disks.");
	return 0;
}

static int cmd_vm_adopt_disks(struct call *c, struct vxe_error *err)
{
	const char *keep = call_get(c, "keep");
	struct adopt_call a = { .keep = KEEP_RECORDS };

	if (str_eq(keep, "definition"))
		a.keep = KEEP_DEFINITION;
	else if (!str_eq(keep, "records"))
		return vxe_fail(err, CLI_PLAIN, "keep= takes records or definition");
	if (params_flag(c->params, "dry-run", &a.dry_run, err) < 0)
		return -1;
	return each_vm(c, 0, adopt_disks_one, &a, err);
}

/* ---- vm-destroy, vm-uninstall --------------------------------------------------------------- */

static int cmd_vm_destroy(struct call *c, struct vxe_error *err)
{
	if (call_session(c, err) < 0)
		return -1;
	return vm_destroy(c->session, call_get(c, "uuid"), err);
}

static int cmd_vm_uninstall(struct call *c, struct vxe_error *err)
{
	struct uninstall_options options = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };

	if (uninstall_options(c, &options, err) < 0 || select_vms(c, 0, &vms, err) < 0)
		return -1;
	return uninstall(c, &options, &vms, true, err);
}

/* ---- vm-snapshot ---------------------------------------------------------------------------- */

static int snapshot_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	return vm_snapshot(c->session, uuid, ctx, ret, err);
}

static int cmd_vm_snapshot(struct call *c, struct vxe_error *err)
{
	const char *ignored = call_get(c, "ignore-vdi-uuids");
	_cleanup_strv_ struct strv ignore = { 0 };
	const struct vm_snapshot_args args = {
		.name_label = call_get(c, "new-name-label"),
		.name_description = call_get(c, "new-name-description"),
		.ignore_vdis = &ignore,
	};

	strv_split(&ignore, ignored ? ignored : "", ',');
	return each_vm(c, 0, snapshot_one, &args, err);
}

/* As in xe, every VM refuses this; scripts expect that code. */
static int quiesce_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	(void)c, (void)ctx, (void)ret;
	return vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid, "no agent is asked");
}

static int cmd_vm_snapshot_with_quiesce(struct call *c, struct vxe_error *err)
{
	return each_vm(c, 0, quiesce_one, NULL, err);
}

static int checkpoint_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	return vm_checkpoint(c->session, uuid, ctx, ret, err);
}

static int cmd_vm_checkpoint(struct call *c, struct vxe_error *err)
{
	const struct vm_snapshot_args args = {
		.name_label = call_get(c, "new-name-label"),
		.name_description = call_get(c, "new-name-description"),
	};

	return each_vm(c, 0, checkpoint_one, &args, err);
}

/* ---- disks ---------------------------------------------------------------------------------- */

static int disk_list_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	(void)ctx, (void)ret;
	return print_disk_list(c, uuid, err);
}

static int cmd_vm_disk_list(struct call *c, struct vxe_error *err)
{
	return each_vm(c, 0, disk_list_one, NULL, err);
}

struct new_disk {
	int64_t size;
	const char *device;
	const char *sr;
};

static int disk_add_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const struct new_disk *disk = ctx;

	(void)ret;
	return vm_disk_add(c->session, uuid, disk->device, disk->size, disk->sr, err);
}

static int cmd_vm_disk_add(struct call *c, struct vxe_error *err)
{
	struct new_disk disk = {
		.device = call_get(c, "device"),
		.sr = call_get(c, "sr-uuid"),
	};

	if (params_size(c->params, "disk-size", &disk.size, err) < 0)
		return -1;
	return each_vm(c, 0, disk_add_one, &disk, err);
}

const struct command vm_commands[] = {
	{ "vm-adopt-disks", cmd_vm_adopt_disks, C_OURS | C_STANDARD | C_SELECTS,
		"Take a side where the definition of the selected VMs names other disks than vxe "
		"has "
		"on record: keep=records names those on record again, keep=definition takes the "
		"definition's. dry-run=true only shows what would be done",
		PARAMS({ "keep", P_REQUIRED }, { "dry-run", 0 }) },
	{ "vm-checkpoint", cmd_vm_checkpoint, C_STANDARD | C_SELECTS,
		"Take a snapshot of the selected VMs with their memory. A running VM goes on "
		"meanwhile; reverted to, it is suspended and can be resumed",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			FIRMWARE_PARAM) },
	{ "vm-destroy", cmd_vm_destroy, 0, "Remove a VM but keep its disks.",
		PARAMS({ "uuid", P_REQUIRED }) },
	{ "vm-disk-add", cmd_vm_disk_add, C_STANDARD | C_SELECTS,
		"Give the selected VMs a new empty disk",
		PARAMS({ "disk-size", P_REQUIRED }, { "device", P_REQUIRED }, { "sr-uuid", 0 }) },
	{ "vm-disk-list", cmd_vm_disk_list, C_STANDARD | C_SELECTS,
		"List the disks of the selected VMs",
		PARAMS({ "vbd-params", 0 }, { "vdi-params", 0 }, { "params", P_HIDDEN }) },
	{ "vm-resume", cmd_vm_resume, C_STANDARD | C_SELECTS,
		"Resume the selected suspended VMs. With discard-changes=true also a VM that was "
		"started outside vxe meanwhile: it is stopped, and the data written since then is "
		"lost",
		PARAMS({ "force", 0 }, { "on", 0 }, { "discard-changes", P_OURS },
			{ "progress", P_HIDDEN }) },
	{ "vm-shutdown", cmd_vm_shutdown, C_STANDARD | C_SELECTS,
		"Shut down the selected VMs: press the power button and wait, or with --force pull "
		"the plug",
		PARAMS({ "force", 0 }, { "progress", P_HIDDEN }) },
	{ "vm-snapshot", cmd_vm_snapshot, C_STANDARD | C_SELECTS,
		"Take a snapshot of the selected VMs, running or not, all disks of a VM at the "
		"same instant",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			{ "ignore-vdi-uuids", 0 }, FIRMWARE_PARAM) },
	{ "vm-snapshot-with-quiesce", cmd_vm_snapshot_with_quiesce, C_STANDARD | C_SELECTS,
		"Refused for every VM, as by xe: a guest cannot be quiesced",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 }) },
	{ "vm-start", cmd_vm_start, C_STANDARD | C_SELECTS, "Start the selected VMs",
		PARAMS({ "force", 0 }, { "on", 0 }, { "paused", 0 }, { "progress", P_HIDDEN }) },
	{ "vm-suspend", cmd_vm_suspend, C_STANDARD | C_SELECTS,
		"Save the memory of the selected VMs and switch them off; vm-resume lets them go "
		"on",
		PARAMS({ "progress", P_HIDDEN }) },
	{ "vm-uninstall", cmd_vm_uninstall, C_STANDARD | C_SELECTS,
		"Remove the selected VMs together with their disks and snapshots, after asking. "
		"--force does not ask",
		PARAMS({ "force", 0 }, { "dry-run", P_OURS }) },
	{ 0 },
};
