/* SPDX-License-Identifier: MIT */
/* The vm-* commands: parse their own parameters, select VMs, call one operation. */
#include "objects/domain/foreign_snapshots/snapshot_redefine.h"
#include "objects/queries/list.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_home.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_migrate.h"
#include "objects/vm/vm_ops.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "xe/commands/disk_list.h"
#include "xe/commands/uninstall.h"
#include "xe/model/forward.h"
#include "xe/model/select.h"

/* ---- power ----------------------------------------------------------------------------------- */

/*
 * If the error is NO_HOSTS_AVAILABLE, prints why no host can start the VM, before the error itself is printed. Returns
 * -1.
 */
static int explain_refusal(struct call *c, const char *uuid, const struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_strv_ struct strv head = { 0 };

	if (err->code != NO_HOSTS_AVAILABLE)
		return -1;
	progress_hide(c->progress);
	strv_add(&head, "There are no suitable hosts to start this VM on.");
	strv_add(&head,
		"The following table provides per-host reasons for why the VM could not be "
		"started:");
	strv_add(&head, "");
	render_list(c->render, &head);
	if (print_host_report(c, uuid, &ignored) < 0)
		/* if the reasons against the start cannot be found, the error is reported without them */
		error_clear(&ignored);
	return -1;
}

/* Finds the hosts that on= may mean, by UUID or name; @enabled (may be NULL): one that is enabled is among them. */
static int hosts_named(
	struct call *c, const char *host, struct strv *ret, bool *enabled, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("host");
	/* The fields of the host; values come in the order in which a record prints them. */
	const struct field *const fields[] = { class_field(v->cls, "name-label"),
		class_field(v->cls, "enabled"), class_field(v->cls, "hostname"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (call_session(c, err) < 0 ||
		list_rows(c->session, v, NULL, 0, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = &rows.items[i];

		if (!str_eq(row->uuid, host) && !str_eq(row->values[0].string, host) &&
			!str_eq(row->values[2].string, host))
			continue;
		strv_add(ret, row->uuid);
		if (enabled)
			*enabled |= row->values[1].integer != 0;
	}
	if (ret->n)
		return 0;
	_cleanup_free_ char *text = xasprintf("Host %s not found", host);

	return vxe_fail(err, CLI_NO_MATCH, text);
}

/* *ret (owned): the host that on= names, if that is not this one, the home of the VM; else NULL. */
static int other_host(struct call *c, char **ret, struct vxe_error *err)
{
	const char *on = call_get(c, "on");
	_cleanup_strv_ struct strv hosts = { 0 };

	*ret = NULL;
	if (!on || c->session->pool_size < 2)
		return 0;
	if (hosts_named(c, on, &hosts, NULL, err) < 0)
		return -1;
	if (!strv_has(&hosts, c->session->here->uuid))
		*ret = xstrdup(hosts.items[0]);
	return 0;
}

/*
 * Has another host do the command with a VM of this one, "start_on" or "resume_on". That host becomes its home; if it does not
 * come to that, this one has it again.
 */
static int do_there(struct call *c, const char *to_do, const char *uuid, const char *host,
	struct vxe_error *err)
{
	const struct forward_part there = { .only = uuid, .in = -1, .out = -1 };
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (vm_leave(c->session, uuid, host, to_do, err) < 0)
		return -1;
	if (forward_part(c, host, &there, err) == 0)
		return 0;
	if (vm_take(c->session, uuid, &ignored) < 0)
		error_note(err, "no host has the VM now: the next command takes it to its host");
	return -1;
}

static int start_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *there = NULL;

	if (other_host(c, &there, err) < 0)
		return -1;
	if (there)
		return do_there(c, "start_on", uuid, there, err);
	unsigned flags = (call_flag(c, "paused", false) ? VM_START_PAUSED : 0) |
		(call_flag(c, "reset-nvram", false) ? VM_START_RESET_NVRAM : 0);

	return vm_start(c->session, uuid, flags, err) < 0 ? explain_refusal(c, uuid, err) : 0;
}

static int resume_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *there = NULL;

	if (other_host(c, &there, err) < 0)
		return -1;
	if (there)
		return do_there(c, "resume_on", uuid, there, err);
	const char *file = call_get(c, "filename");
	unsigned flags = (call_flag(c, "discard-changes", false) ? RESUME_DISCARD : 0) |
		(call_flag(c, "paused", false) ? RESUME_PAUSED : 0) |
		(call_flag(c, "force", false) ? RESUME_FORCE : 0) |
		(call_flag(c, "bypass-cache", false) ? RESUME_BYPASS_CACHE : 0);
	int r = file ? vm_resume_file(c->session, uuid, file, flags, err)
		     : vm_resume(c->session, uuid, flags, err);

	return r < 0 ? explain_refusal(c, uuid, err) : 0;
}

/* Checks that on= names a host, and that the host is enabled. */
static int check_host(struct call *c, const char *host, struct vxe_error *err)
{
	_cleanup_strv_ struct strv hosts = { 0 };
	bool enabled = false;

	if (hosts_named(c, host, &hosts, &enabled, err) < 0)
		return -1;
	return enabled ? 0 : vxe_fail(err, HOST_DISABLED, hosts.items[0]);
}

/* force= is read where a VM whose host has died gets a home (objects/vm/vm_from_dead.h). */
static const struct param_kind start_force = { "force", PARAM_FLAG,
	.meaning =
		"Of a VM whose host has died: start it although what only that host had is lost, or "
		"layers of its disks have changed." };

/* Runs the command on the selected VMs after a check that on= names a host. */
static int on_vms_here(struct call *c, struct vxe_error *err)
{
	const char *on = call_get(c, "on");

	return on && check_host(c, on, err) < 0 ? -1 : on_vms(c, err);
}

static int suspend_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vm_suspend(c->session, uuid, call_flag(c, "bypass-cache", false), err);
}

/* ---- vm-migrate ----------------------------------------------------------------------------- */

static const struct param_kind migrate_host = { "host", PARAM_OBJECT,
	.meaning = "The host to go to, by UUID, name-label or hostname.", .view = "host",
	.absent = "host-uuid=" };
static const struct param_kind migrate_uuid = { "host-uuid", PARAM_UUID, .meaning = "The same.",
	.view = "host", .absent = "host=" };
static const struct param_kind migrate_live = { "live", PARAM_TEXT,
	.meaning = "Has no effect: the guest always runs on.", .absent = "true" };
static const struct param_kind migrate_force = { "force", PARAM_FLAG,
	.meaning = "Has no effect: what is refused would lose the guest." };
static const struct param_kind migrate_compress = { "compress", PARAM_FLAG,
	.meaning = "Compress the memory on its way.",
	.absent = "migration-compression of the pool" };
static const struct param_kind migrate_copy = { "copy", PARAM_TEXT,
	.meaning = "Of xe: a migration to another pool; refused." };

/* Refuses what xe has for a migration to another pool or to other storage. */
static int check_migration(const struct call *c, struct vxe_error *err)
{
	static const char *const foreign[] = { "remote-master", "remote-username",
		"remote-password", "remote-network", "copy" };

	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		if (call_get(c, foreign[i]))
			return vxe_fail_text(err,
				"A VM goes to another host of its pool, with which it shares the "
				"storage of its disks: vxe does not know %s=.",
				foreign[i]);
	return 0;
}

static int migrate_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const bool compress = call_flag(c, "compress", false);
	const struct vm_migrate_args args = { .host = c->ctx,
		.compress = call_get(c, "compress") ? &compress : NULL };

	return vm_migrate(c->session, uuid, &args, err);
}

static int cmd_vm_migrate(struct call *c, struct vxe_error *err)
{
	const char *word = call_get(c, "host");
	_cleanup_strv_ struct strv hosts = { 0 };

	if (!word)
		word = call_get(c, "host-uuid");
	if (check_migration(c, err) < 0)
		return -1;
	if (!word)
		return vxe_fail_text(err, "No destination host specified: host= names it.");
	if (hosts_named(c, word, &hosts, NULL, err) < 0)
		return -1;
	return each_vm(c, SELECT_CONTROL, migrate_one, hosts.items[0], err);
}

/* ---- more of power -------------------------------------------------------------------------- */

static int shutdown_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vm_shutdown(c->session, uuid, call_flag(c, "force", false), err);
}

static int reboot_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vm_reboot(c->session, uuid, call_flag(c, "force", false), err);
}

/* ---- vm-adopt-disks ------------------------------------------------------------------------- */

static int adopt_disks_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	enum adopt_keep keep = call_value(c, "keep", 0) ? KEEP_DEFINITION : KEEP_RECORDS;
	_cleanup_strv_ struct strv lines = { 0 };

	if (vm_adopt_disks(c->session, uuid, keep, call_flag(c, "dry-run", false), &lines, err) < 0)
		return -1;
	progress_hide(c->progress);
	if (c->render->format == RENDER_JSON) {
		render_list(c->render, &lines);
		return 0;
	}
	for (size_t i = 0; i < lines.n; i++)
		render_line(c->render, lines.items[i]);
	if (!lines.n)
		render_line(c->render, "The definition and the records name the same disks.");
	return 0;
}

/* ---- vm-adopt-snapshot ------------------------------------------------------------------------ */

static int adopt_snapshot_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const char *file = call_get(c, "filename");
	_cleanup_str_ struct str text = { 0 };

	return io_read_text(c->render->io, file, &text) < 0
		? file_unread(file, err)
		: vm_adopt_snapshot(c->session, uuid, str_text(&text),
			  call_flag(c, "current", false), &c->result, err);
}

/* ---- vm-uninstall ---------------------------------------------------------------------------- */

static int cmd_vm_uninstall(struct call *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 };

	return select_vms(c, 0, &vms, err) < 0 ? -1 : uninstall(c, &vms, END_WITH_SNAPSHOTS, err);
}

/* ---- snapshots, disks ----------------------------------------------------------------------- */

static const struct enum_table quiesce_words = { .names = (const struct enum_name[]){
							 { "false", NULL }, { "true", NULL },
							 { "try", NULL }, { 0 } } };
/* The words of quiesce= are in the order of enum quiesce, so that the number of a word is the value of the enum. */
static const struct param_kind quiesce_kind = { "quiesce", PARAM_WORD,
	.meaning = "Freeze the file systems of a running guest meanwhile, by its agent: true, or "
		   "try (without, where that fails).",
	.words = &quiesce_words, .absent = "false", .refusal = "Unknown quiesce: " };

enum then { THEN_HALT };
static const struct enum_table then_words = { .names = (const struct enum_name[]){
						      { "halt", NULL }, { 0 } } };
static const struct param_kind then_kind = { "then", PARAM_WORD,
	.meaning = "halt: the guest is off afterwards, as if the plug was pulled.",
	.words = &then_words, .absent = "the guest goes on", .refusal = "Unknown then: " };

static const struct param_kind snapshot_name_kind = { "new-name-label", PARAM_TEXT,
	.meaning = "The name of the snapshot.", .named = true };

static int64_t quiesce_timeout(const struct call *c)
{
	return call_value(c, "quiesce-timeout", QUIESCE_TIMEOUT_S);
}

static void split_list(const struct call *c, const char *key, struct strv *ret)
{
	const char *text = call_get(c, key);

	strv_split(ret, text ? text : "", ',');
}

/*
 * Refuses overlay-sr-uuid= together with overlay-vdi-uuids=: either vxe makes the new layers of the disks in a storage
 * repository, or the user has made them.
 */
static int check_overlays(const struct call *c, struct vxe_error *err)
{
	return call_get(c, "overlay-sr-uuid") && call_get(c, "overlay-vdi-uuids")
		? vxe_fail(err, CLI_USAGE,
			  "Parameters overlay-sr-uuid= and overlay-vdi-uuids= exclude each other.")
		: 0;
}

/*
 * Asks the user before the first snapshot of vxe that hides snapshots of virsh from virsh. Returns 1: go on, 0: the
 * user has declined, -1: failure.
 */
static int may_hide(struct call *c, const char *vm, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (!call_may_ask(c) || call_flag(c, "force", false) || call_flag(c, "dry-run", false))
		return 1;
	if (kept_would_hide(c->session, vm, &names, err) < 0)
		return -1;
	if (!names.n)
		return 1;
	_cleanup_free_ char *list = strv_join(&names, ", ");
	_cleanup_free_ char *text =
		xasprintf("virsh will not list these snapshots any more until this one is "
			  "uninstalled: %s",
			list);

	render_line(c->render, text);
	return call_ask(c, err);
}

static int snapshot_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv ignore = { 0 }, overlays = { 0 };
	const struct vm_snapshot_args args = {
		.name_label = call_get(c, "new-name-label"),
		.name_description = call_get(c, "new-name-description"),
		.ignore_vdis = &ignore,
		.overlay_sr = call_get(c, "overlay-sr-uuid"),
		.overlays = &overlays,
		.quiesce = (enum quiesce)call_value(c, "quiesce", QUIESCE_NO),
		.quiesce_timeout = quiesce_timeout(c),
		.halt = call_value(c, "then", -1) == THEN_HALT,
	};

	split_list(c, "ignore-vdi-uuids", &ignore);
	split_list(c, "overlay-vdi-uuids", &overlays);
	int go = check_overlays(c, err) < 0 ? -1 : may_hide(c, uuid, err);

	return go <= 0 ? go : vm_snapshot(c->session, uuid, &args, &c->result, err);
}

static int quiesce_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct vm_snapshot_args args = {
		.name_label = call_get(c, "new-name-label"),
		.name_description = call_get(c, "new-name-description"),
		.quiesce = QUIESCE_MUST,
		.quiesce_timeout = quiesce_timeout(c),
	};
	int r = vm_snapshot(c->session, uuid, &args, &c->result, err);

	if (r == 0 || !c->as_xe || err->code != VM_BAD_POWER_STATE)
		return r;
	error_clear(err); /* xe has a single error for all VMs that cannot be quiesced */
	return vxe_fail(
		err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid, "the guest does not run");
}

static int checkpoint_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv overlays = { 0 };
	const struct vm_snapshot_args args = {
		.name_label = call_get(c, "new-name-label"),
		.name_description = call_get(c, "new-name-description"),
		.quiesce = (enum quiesce)call_value(c, "quiesce", QUIESCE_NO),
		.overlay_sr = call_get(c, "overlay-sr-uuid"),
		.overlays = &overlays,
		.halt = call_value(c, "then", -1) == THEN_HALT,
	};

	split_list(c, "overlay-vdi-uuids", &overlays);
	int go = check_overlays(c, err) < 0 ? -1 : may_hide(c, uuid, err);

	return go <= 0 ? go : vm_checkpoint(c->session, uuid, &args, &c->result, err);
}

static int disk_add_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vm_disk_add(c->session, uuid, call_get(c, "device"), call_size(c, "disk-size", 0),
		call_get(c, "sr-uuid"), err);
}

const struct command vm_commands[] = {
	{ "vm-adopt-disks", on_vms, C_OURS | C_STANDARD | C_SELECTS,
		"Take a side where the definition of the selected VMs names other disks than the "
		"records: keep=records names those on record again, keep=definition takes the "
		"definition's. dry-run=true only shows what would be done",
		PARAMS({ "keep", P_REQUIRED }, { "dry-run", 0 }, FORCE_PARAM),
		.one = adopt_disks_one, PRINTS(PRINTS_TEXTS) },
	{ "vm-adopt-snapshot", on_vms, C_OURS | C_STANDARD | C_SELECTS,
		"Give libvirt the document of a snapshot of the selected VM that it has lost, as "
		"'virsh snapshot-dumpxml' printed it. Its files must be there still. Prints the "
		"snapshot's UUID",
		PARAMS({ "filename", P_REQUIRED }, { "current", 0 }, DRY_RUN_PARAM),
		.one = adopt_snapshot_one, PRINTS(PRINTS_UUID) },
	{ "vm-checkpoint", on_vms, C_STANDARD | C_SELECTS,
		"Take a snapshot of the selected VMs with their memory. A running VM goes on "
		"meanwhile; reverted to, it is suspended and can be resumed",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			FIRMWARE_PARAM, DRY_RUN_PARAM, IF_NEEDED, { "quiesce", P_OURS },
			{ "then", P_OURS }, { "overlay-sr-uuid", P_OURS },
			{ "overlay-vdi-uuids", P_OURS }, FORCE_PARAM),
		KINDS(&quiesce_kind, &then_kind, &snapshot_name_kind), .one = checkpoint_one,
		.makes = "snapshot", PRINTS(PRINTS_UUID) },
	{ "vm-destroy", on_uuid, C_EVERYDAY | C_LOSES, "Remove a VM but keep its disks.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM, FORCE_PARAM), .act = vm_destroy,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-disk-add", on_vms, C_STANDARD | C_SELECTS, "Give the selected VMs a new empty disk",
		PARAMS({ "disk-size", P_REQUIRED }, { "device", P_REQUIRED }, { "sr-uuid", 0 },
			DRY_RUN_PARAM),
		.one = disk_add_one, PRINTS(PRINTS_NOTHING) },
	{ "vm-disk-list", on_vms, C_STANDARD | C_SELECTS | C_READS,
		"List the disks of the selected VMs",
		PARAMS({ "vbd-params", 0 }, { "vdi-params", 0 }, { "params", P_HIDDEN | P_XE },
			ORDER_PARAMS),
		KINDS(&disk_sort, &disk_limit), .one = print_disk_list, PRINTS(PRINTS_DRIVES) },
	{ "vm-migrate", cmd_vm_migrate, C_STANDARD | C_SELECTS,
		"Move the selected VMs, which run, to another host of the pool; their guests run on. "
		"Both hosts must have the storage of their disks",
		PARAMS({ "host", 0 }, { "host-uuid", 0 }, { "live", 0 }, { "force", 0 },
			{ "compress", 0 }, { "copy", 0 }, { "remote-master", 0 },
			{ "remote-username", 0 }, { "remote-password", 0 }, { "remote-network", 0 },
			{ "progress", P_HIDDEN }, DRY_RUN_PARAM),
		KINDS(&migrate_host, &migrate_uuid, &migrate_live, &migrate_force,
			&migrate_compress, &migrate_copy),
		PRINTS(PRINTS_NOTHING) },
	{ "vm-pause", on_vms, C_STANDARD | C_SELECTS,
		"Stop the CPUs of the selected VMs; vm-unpause lets them go on",
		PARAMS(DRY_RUN_PARAM, IF_NEEDED), .act = vm_pause, .reaches = "paused",
		PRINTS(PRINTS_NOTHING) },
	{ "vm-reboot", on_vms, C_STANDARD | C_SELECTS | C_LOSES,
		"Shut down the selected VMs and start them again; with --force the plug is pulled",
		PARAMS({ "force", 0 }, DRY_RUN_PARAM), .one = reboot_one, PRINTS(PRINTS_NOTHING) },
	{ "vm-reset-powerstate", on_vms, C_STANDARD | C_SELECTS | C_FORCE | C_LOSES,
		"Make the selected VMs count as halted; the memory of suspended ones is lost. "
		"Only with --force",
		PARAMS({ "force", 0 }, DRY_RUN_PARAM), .act = vm_reset_powerstate,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-resume", on_vms_here, C_STANDARD | C_SELECTS,
		"Resume the selected suspended VMs. With discard-changes=true also a VM that was "
		"started outside vxe meanwhile: it is stopped, and the data written since then is "
		"lost. With filename= a halted VM, from a file that 'virsh save' made; force=true "
		"then passes over the times of its disks",
		PARAMS({ "force", 0 }, { "on", 0 }, { "discard-changes", P_OURS }, DRY_RUN_PARAM,
			IF_NEEDED, { "filename", P_OURS }, { "paused", P_OURS },
			{ "bypass-cache", P_OURS }, { "progress", P_HIDDEN }),
		.one = resume_one, .reaches = "running", PRINTS(PRINTS_NOTHING) },
	{ "vm-shutdown", on_vms, C_STANDARD | C_SELECTS | C_LOSES,
		"Shut down the selected VMs: press the power button and wait, or with --force pull "
		"the plug",
		PARAMS({ "force", 0 }, { "progress", P_HIDDEN }, DRY_RUN_PARAM, IF_NEEDED),
		.one = shutdown_one, .reaches = "halted", PRINTS(PRINTS_NOTHING) },
	{ "vm-snapshot", on_vms, C_STANDARD | C_SELECTS,
		"Take a snapshot of the selected VMs, running or not, all disks of a VM at the "
		"same instant",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			{ "ignore-vdi-uuids", 0 }, FIRMWARE_PARAM, DRY_RUN_PARAM, IF_NEEDED,
			{ "quiesce", P_OURS }, { "quiesce-timeout", P_OURS }, { "then", P_OURS },
			{ "overlay-sr-uuid", P_OURS }, { "overlay-vdi-uuids", P_OURS },
			FORCE_PARAM),
		KINDS(&quiesce_kind, &then_kind, &snapshot_name_kind), .one = snapshot_one,
		.makes = "snapshot", PRINTS(PRINTS_UUID) },
	{ "vm-snapshot-with-quiesce", on_vms, C_STANDARD | C_SELECTS,
		"Take a snapshot of the selected VMs, which run, while the agent in each guest "
		"keeps its file systems frozen",
		PARAMS({ "new-name-label", P_REQUIRED }, { "new-name-description", 0 },
			{ "quiesce-timeout", P_OURS }, DRY_RUN_PARAM, IF_NEEDED, FORCE_PARAM),
		KINDS(&snapshot_name_kind), .one = quiesce_one, .makes = "snapshot",
		PRINTS(PRINTS_UUID) },
	{ "vm-start", on_vms_here, C_STANDARD | C_SELECTS, "Start the selected VMs",
		PARAMS({ "force", 0 }, { "on", 0 }, { "paused", 0 }, { "reset-nvram", P_OURS },
			FIRMWARE_PARAM, { "progress", P_HIDDEN }, DRY_RUN_PARAM, IF_NEEDED),
		KINDS(&start_force), .one = start_one, .select = SELECT_CONTROL,
		.reaches = "running", PRINTS(PRINTS_NOTHING) },
	{ "vm-suspend", on_vms, C_STANDARD | C_SELECTS,
		"Save the memory of the selected VMs and switch them off; vm-resume lets them go "
		"on",
		PARAMS({ "progress", P_HIDDEN }, DRY_RUN_PARAM, IF_NEEDED,
			{ "bypass-cache", P_OURS }),
		.one = suspend_one, .reaches = "suspended", PRINTS(PRINTS_NOTHING) },
	{ "vm-uninstall", cmd_vm_uninstall, C_STANDARD | C_INPUT | C_SELECTS | C_LOSES,
		"Remove the selected VMs together with their disks and snapshots, after asking. "
		"--force does not ask",
		PARAMS({ "force", 0 }, DRY_RUN_PARAM), PRINTS(PRINTS_PLAN | PRINTS_NOTHING) },
	{ "vm-unpause", on_vms, C_STANDARD | C_SELECTS,
		"Let the CPUs of the selected paused VMs go on", PARAMS(DRY_RUN_PARAM, IF_NEEDED),
		.act = vm_unpause, .reaches = "running", PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
