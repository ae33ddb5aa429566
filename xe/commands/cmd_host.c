/* SPDX-License-Identifier: MIT */
/*
 * The host-* and pool-* commands. Behaviour source: xen-api
 * ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/file.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_identity.h"
#include "objects/domain/adopt.h"
#include "objects/host/host_ops.h"
#include "objects/host/plugin.h"
#include "objects/pool/heartbeat.h"
#include "objects/pool/host_dead.h"
#include "objects/pool/host_evacuate.h"
#include "objects/pool/host_forget.h"
#include "objects/pool/pool_reconcile.h"
#include "objects/pool/pool_eject.h"
#include "objects/pool/pool_move.h"
#include "objects/queries/database.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_migrate.h"
#include "xe/commands/uninstall.h"
#include "xe/model/select.h"

/* ---- hosts ---------------------------------------------------------------------------------- */

static int cmd_host_adopt(struct call *c, struct vxe_error *err)
{
	return call_session(c, err) < 0 ? -1 : host_adopt(c->session, err);
}

static int enable_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return host_set_enabled(c->session, uuid, true, err);
}

/*
 * Disables one host. auto-enable= has no effect: in xe it concerns the next start of the toolstack, and vxe has no
 * daemon that starts.
 */
static int disable_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return host_set_enabled(c->session, uuid, false, err);
}

/* Moves the VMs one after the other, and stops at the first that stays. */
static int move_all(struct call *c, const struct moves *m, struct vxe_error *err)
{
	for (size_t i = 0; i < m->vms.n; i++) {
		const struct vm_migrate_args args = { .host = m->hosts.items[i],
			.network = call_get(c, "network-uuid") };

		call_names(c, m->vms.items[i]);
		if (vm_migrate(c->session, m->vms.items[i], &args, err) == 0)
			continue;
		if (err->code != VXE_PLANNED) {
			error_about(err, m->vms.items[i]);
			return -1;
		}
		if (i + 1 < m->vms.n)
			error_clear(err);
	}
	return err->code == VXE_OK ? 0 : -1;
}

static int choose_all(struct call *c, struct moves *m, struct vxe_error *err)
{
	if (moves_choose(c->session, call_get(c, "network-uuid"), m, err) == 0)
		return 0;
	for (size_t i = 0; i < m->said.n; i++)
		session_notice(c->session, "%s", m->said.items[i]);
	return -1;
}

/* Looks again after the moves: a guest whose start had begun before is there by then. */
static int evacuate_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_locks_ struct locks held = { 0 };
	bool moved;

	(void)uuid; /* it is this host, as the command is C_AT_HOST */
	if (host_evacuation_begin(c->session, &held, err) < 0)
		return -1;
	do {
		_cleanup_moves_ struct moves m = { 0 };

		if (choose_all(c, &m, err) < 0 || move_all(c, &m, err) < 0)
			return -1;
		moved = m.vms.n > 0;
	} while (moved);
	return 0;
}

static int cmd_host_evacuate(struct call *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv hosts = { 0 };

	c->progress->lines = call_get(c, "progress") != NULL;
	return select_hosts(c, SELECT_ONE, &hosts, err) < 0 ? -1 : call_act(c, hosts.items[0], err);
}

/* The columns as the command's reader sees them, and in xe's records. */
static const struct column stay_columns[] = { { "uuid", CELL_TEXT }, { "name-label", CELL_TEXT },
	{ "reason", CELL_TEXT }, { 0 } };
static const struct column xe_stay_columns[] = { { "uuid ( RO)", CELL_TEXT },
	{ "name-label ( RW)", CELL_TEXT }, { "reason ( RO)", CELL_TEXT }, { 0 } };
enum { N_STAY_COLUMNS = ARRAY_LEN(stay_columns) - 1 };

/* As in xe, each VM is a list of its own. */
static int print_staying(struct call *c, const struct moves *m, size_t i, struct vxe_error *err)
{
	const bool records = c->render->format == RENDER_XE;
	const char *asked = call_get(c, "params"), *cells[N_STAY_COLUMNS];
	_cleanup_free_ char *name = NULL;
	_cleanup_strv_ struct strv wanted = { 0 };

	if (param_get(c->session, view_by_prefix("vm"), m->staying.items[i], "name-label", NULL,
		    &name, err) < 0)
		return -1;
	const char *const all[] = { m->staying.items[i], name, m->reasons.items[i] };

	strv_split(&wanted, asked && !str_eq(asked, "all") ? asked : "uuid,name-label,reason", ',');
	for (size_t k = 0; k < N_STAY_COLUMNS; k++)
		cells[k] = strv_has(&wanted, stay_columns[k].name) ? all[k] : NULL;
	render_cells(c->render, records ? xe_stay_columns : stay_columns, cells, 1);
	return 0;
}

static int cmd_host_get_vms_which_prevent_evacuation(struct call *c, struct vxe_error *err)
{
	_cleanup_moves_ struct moves m = { 0 };

	/* it is this host, as the command is C_AT_HOST */
	if (call_session(c, err) < 0 ||
		(moves_choose(c->session, NULL, &m, err) < 0 && !m.staying.n))
		return -1;
	error_clear(err);
	for (size_t i = 0; i < m.staying.n; i++)
		if (print_staying(c, &m, i, err) < 0)
			return -1;
	return 0;
}

static int reboot_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return host_end(c->session, uuid, HOST_REBOOT, err);
}

static int shutdown_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return host_end(c->session, uuid, HOST_SHUTDOWN, err);
}

/* ---- host-call-plugin ------------------------------------------------------------------------ */

/*
 * Reads the arguments of a plugin: args:KEY=TEXT, or args:KEY:file=PATH, whose value is the text of the caller's file
 * PATH.
 */
static int plugin_args(struct call *c, struct map *ret, struct vxe_error *err)
{
	_cleanup_map_ struct map given = { 0 };

	call_map(c, "args", &given);
	for (size_t i = 0; i < given.n; i++) {
		const char *key = given.items[i].key, *value = given.items[i].value;
		_cleanup_free_ char *stem = xstrndup(key, strcspn(key, ":"));
		_cleanup_str_ struct str text = { 0 };

		if (!str_eq(key + strlen(stem), ":file")) {
			map_set(ret, key, value);
			continue;
		}
		if (io_read_text(c->render->io, value, &text) < 0)
			return vxe_fail_text(err, "Failed to read file %s", value);
		map_set(ret, stem, str_text(&text));
	}
	return 0;
}

static int cmd_host_call_plugin(struct call *c, struct vxe_error *err)
{
	_cleanup_map_ struct map args = { 0 };

	if (plugin_args(c, &args, err) < 0 || call_session(c, err) < 0)
		return -1;
	return plugin_call(c->session, call_get(c, "host-uuid"), call_get(c, "plugin"),
		call_get(c, "fn"), &args, &c->result, err);
}

static int print_dmesg(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct session_host *host;

	if (session_host(c->session, uuid, &host, err) < 0 || host_check_here(c->session, err) < 0)
		return -1;
	text = machine_dmesg();
	if (!text)
		return vxe_fail_text(err, "The kernel's log cannot be read: %s", strerror(errno));
	call_print(c, text);
	return 0;
}

/* Prints one field of the host, as param-get does. */
static int print_field(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (param_get(c->session, view_by_prefix("host"), uuid, c->command->arg, NULL, &text, err) <
		0)
		return -1;
	render_said(c->render, text);
	return 0;
}

static int cmd_host_cpu_info(struct call *c, struct vxe_error *err)
{
	const char *uuid = call_get(c, "uuid");
	const struct filter filter = { "uuid", uuid };
	const struct field *const fields[] = { class_field(&host_class, "cpu_info"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };
	_cleanup_free_ struct column *columns = NULL;
	_cleanup_free_ const char **cells = NULL;
	const struct map *info;

	if (call_session(c, err) < 0 ||
		list_rows(c->session, view_by_prefix("host"), &filter, uuid != NULL, fields,
			LIST_COSTLY, &rows, err) < 0)
		return -1;
	if (!rows.n)
		return vxe_fail(err, UUID_INVALID, "host", uuid ? uuid : "");
	info = &rows.items[0].values[0].map;
	columns = xcalloc(info->n + 1, sizeof(*columns));
	cells = xcalloc(info->n + 1, sizeof(*cells));
	for (size_t i = 0; i < info->n; i++) {
		columns[i] = (struct column){ info->items[i].key, CELL_TEXT };
		cells[i] = info->items[i].value;
	}
	render_cells(c->render, columns, cells, 1);
	return 0;
}

static int cmd_host_is_in_emergency_mode(struct call *c, struct vxe_error *err)
{
	(void)err;
	/* always false: there is no pool coordinator that could fail */
	render_said(c->render, "false");
	return 0;
}

/*
 * pif-scan has nothing to scan, because lists read the host's network interfaces each time: it only checks that the
 * host exists.
 */
static int cmd_pif_scan(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (call_session(c, err) < 0)
		return -1;
	return param_get(c->session, view_by_prefix("host"), call_get(c, "host-uuid"), "name-label",
		NULL, &name, err);
}

/* ---- the pool ------------------------------------------------------------------------------- */

/*
 * pool-sync-database has nothing to write, because every commit is durable when its command ends: it only checks that
 * the store works.
 */
static int cmd_pool_sync_database(struct call *c, struct vxe_error *err)
{
	return call_session(c, err);
}

static int to_file(void *ctx, const char *data, size_t len)
{
	const int *fd = ctx;

	return fd_write(*fd, data, len);
}

static int cmd_pool_dump_database(struct call *c, struct vxe_error *err)
{
	const char *path = call_get(c, "file-name");
	const struct io *io = c->render->io;

	if (call_session(c, err) < 0)
		return -1;
	struct io_draft d = { .fd = -1 };

	if (io_open(io, path, &d) < 0)
		return file_failed(path, err);
	int r = database_dump(c->session, to_file, &d.fd, err);

	if (r == 0 && io_keep(io, &d) < 0)
		r = file_failed(path, err);
	io_drop(io, &d);
	return r;
}

static int read_input_file(struct call *c, const char *path, struct str *ret, struct vxe_error *err)
{
	const struct io *io = c->render->io;
	_cleanup_close_ int fd = io->file_read(io->ctx, path);
	char block[65536];
	ssize_t n = fd < 0 ? -1 : 0;

	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0)
		str_add_bytes(ret, block, (size_t)n);
	return n < 0 ? file_unread(path, err) : 0;
}

/*
 * Replaces all records by those of a file. As in xe, dry-run= and force= count as true if they are given, whatever
 * their values.
 */
static int cmd_pool_restore_database(struct call *c, struct vxe_error *err)
{
	bool dry_run = call_get(c, "dry-run") != NULL;
	_cleanup_str_ struct str text = { 0 };

	if (!dry_run && !call_get(c, "force"))
		return vxe_fail_text(err,
			"This replaces all records by those of the file. Disks stay as they are. "
			"Use --force to do it, or dry-run=true to look at the file only.");
	if (read_input_file(c, call_get(c, "file-name"), &text, err) < 0 ||
		call_session(c, err) < 0 ||
		database_restore(c->session, str_text(&text), dry_run, err) < 0)
		return -1;
	if (dry_run)
		call_print(c, "Dry-run backup restore successful");
	return 0;
}

static int cmd_host_heartbeat(struct call *c, struct vxe_error *err)
{
	return call_session(c, err) < 0 ? -1 : heartbeat(c->session, err);
}

/* Asks the user after the warnings, which end with a NULL, unless he has said --force, and does it. */
static int host_carefully(struct call *c, const char *const *warnings,
	int (*act)(struct session *s, const char *host, struct vxe_error *err),
	struct vxe_error *err)
{
	const char *uuid = call_get(c, "uuid");
	_cleanup_free_ char *name = NULL;
	int go = 1;

	if (call_session(c, err) < 0 ||
		param_get(c->session, view_by_prefix("host"), uuid, "name-label", NULL, &name,
			err) < 0)
		return -1;
	if (!call_flag(c, "force", false) && !call_flag(c, "dry-run", false)) {
		for (size_t i = 0; warnings[i]; i++)
			render_line(c->render, warnings[i]);
		go = call_ask(c, err);
	}
	return go <= 0 ? go : act(c->session, uuid, err);
}

static int cmd_host_declare_dead(struct call *c, struct vxe_error *err)
{
	static const char *const warnings[] = {
		"WARNING: A host should only be declared dead if it is verified offline.",
		"WARNING: Performing this operation if the host is still online and has any",
		"WARNING: running VMs may lead to possible data loss and/or corruption.",
		NULL,
	};

	return host_carefully(c, warnings, host_declare_dead, err);
}

static int cmd_host_forget(struct call *c, struct vxe_error *err)
{
	static const char *const warnings[] = {
		"WARNING: A host should only be forgotten if it is physically unrecoverable;",
		"WARNING: if possible, Hosts should be 'ejected' from the Pool instead.",
		"WARNING: Once a host has been forgotten it will have to be re-installed.",
		"WARNING: This operation is irreversible.",
		NULL,
	};

	return host_carefully(c, warnings, host_forget, err);
}

static const struct column pool_columns[] = { { "pool", CELL_TEXT }, { "host", CELL_TEXT }, { 0 } };

static void print_pool(struct call *c, const char *pool)
{
	const char *const cells[] = { pool, c->session->here->uuid };

	if (c->render->format == RENDER_XE || c->render->format == RENDER_MINIMAL)
		call_print(c, pool);
	else
		render_cells(c->render, pool_columns, cells, 1);
	if (c->render->io->out_is_terminal)
		render_message(c->render,
			"The records are in the database, and this host's commands find them "
			"there. Keep VXE_STORE as it was.");
}

static int cmd_pool_init(struct call *c, struct vxe_error *err)
{
	if (call_session(c, err) < 0 || pool_init(c->session, call_get(c, "store"), err) < 0)
		return -1;
	print_pool(c, c->session->store_uuid);
	return 0;
}

static int cmd_pool_join(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *pool = NULL;

	if (call_session(c, err) < 0 || pool_join(c->session, call_get(c, "store"), &pool, err) < 0)
		return -1;
	print_pool(c, pool);
	return 0;
}

static int cmd_pool_eject(struct call *c, struct vxe_error *err)
{
	return call_session(c, err) < 0 ? -1
					: pool_eject(c->session, call_get(c, "host-uuid"), err);
}

static int cmd_pool_reconcile(struct call *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv without = { 0 };
	_cleanup_map_ struct map homes = { 0 };

	if (call_session(c, err) < 0)
		return -1;
	if (call_get(c, "without"))
		strv_split(&without, call_get(c, "without"), ',');
	call_map(c, "homes", &homes);
	return pool_reconcile(c->session, &(struct reconcile_wishes){ &without, &homes }, err);
}

static const struct param_kind
	without_kind = { "without", PARAM_UUIDS,
		.meaning = "Hosts that are off for good, and so are not asked.", .view = "host",
		.absent = "all are asked" },
	homes_kind = { "homes:", PARAM_MAP,
		.meaning = "UUID of a VM, and the host whose definition of it is the right one.",
		.view = "host", .absent = "the one on more layers" };
static const struct param_kind database_kind = { "store", PARAM_TEXT,
	.meaning = "The URI of a database of PostgreSQL, without a password." };
static const struct param_kind host_kind = { "uuid", PARAM_UUID, .meaning = "The host.",
	.view = "host", .absent = "this host" };
/*
 * As in xe, the parameters dry-run= and force= of pool-restore-database count as true if they are given, whatever their
 * values, even false.
 */
static const struct param_kind dry_run_given = { "dry-run", PARAM_GIVEN,
	.meaning = "Only look at the file." },
			       force_given = { "force", PARAM_GIVEN,
				       .meaning = "Replace the records." };

static const struct param_kind evacuated_host = { "uuid", PARAM_UUID, .meaning = "The host.",
	.view = "host" };
static const struct param_kind stay_params = { "params", PARAM_TEXT,
	.meaning = "Which of uuid, name-label and reason are shown.", .absent = "all" };
static const struct param_kind evacuate_network = { "network-uuid", PARAM_UUID,
	.meaning = "The network by which the memory of the guests goes.", .view = "network",
	.absent = "that of the hosts' addresses" };
static const struct param_kind evacuate_batch = { "batch-size", PARAM_TEXT,
	.meaning = "One VM goes after the other." };

const struct command host_commands[] = {
	{ "host-adopt", cmd_host_adopt, C_OURS,
		"Accept the new host UUID that libvirt reports on the same machine, or the new board or "
		"system of a host of a pool.",
		PARAMS(DRY_RUN_PARAM), PRINTS(PRINTS_NOTHING) },
	{ "host-call-plugin", cmd_host_call_plugin, C_AT_HOST,
		"Call a plugin: an executable in /etc/vxe/plugins that reads JSON (host, function, "
		"args) on its standard input and prints the result. args:KEY:file= takes a value "
		"from a file.",
		PARAMS({ "host-uuid", P_REQUIRED }, { "plugin", P_REQUIRED }, { "fn", P_REQUIRED },
			{ "args:", 0 }),
		.unplanned = "what a plugin does is known to the plugin alone",
		PRINTS(PRINTS_TEXTS) },
	{ "host-compute-free-memory", on_hosts, C_SELECTS_HOST | C_READS | C_AT_HOST,
		"Print how much memory the host has left, in bytes.", NO_PARAMS, .one = print_field,
		.arg = "memory-free-computed", PRINTS(PRINTS_TEXTS) },
	{ "host-compute-memory-overhead", on_hosts, C_SELECTS_HOST | C_READS | C_AT_HOST,
		"Print how much memory virtualisation itself takes, in bytes.", NO_PARAMS,
		.one = print_field, .arg = "memory-overhead", PRINTS(PRINTS_TEXTS) },
	{ "host-cpu-info", cmd_host_cpu_info, C_READS | C_AT_HOST, "Show facts of the host's CPUs.",
		PARAMS({ "uuid", 0 }), KINDS(&host_kind), PRINTS(PRINTS_FACTS) },
	{ "host-declare-dead", cmd_host_declare_dead, C_LOSES,
		"Say that a host of the pool has died, and that its guests do not run: they count "
		"as halted, and other hosts that have their storage start them. Asks first, and "
		"waits until nothing is heard of the host.",
		PARAMS({ "uuid", P_REQUIRED }, { "force", P_HIDDEN }, DRY_RUN_PARAM),
		PRINTS(PRINTS_NOTHING) },
	{ "host-disable", on_hosts, C_SELECTS_HOST | C_LOSES, "Let no more VMs start on the host.",
		PARAMS({ "auto-enable", P_IDLE }, DRY_RUN_PARAM), .one = disable_one,
		PRINTS(PRINTS_NOTHING) },
	{ "host-dmesg", on_hosts, C_SELECTS_HOST | C_READS | C_AT_HOST,
		"Print the log of the host's kernel.", NO_PARAMS, .one = print_dmesg,
		PRINTS(PRINTS_TEXTS) },
	{ "host-enable", on_hosts, C_SELECTS_HOST, "Let VMs start on the host again.",
		PARAMS(DRY_RUN_PARAM), .one = enable_one, PRINTS(PRINTS_NOTHING) },
	{ "host-evacuate", cmd_host_evacuate, C_SELECTS_HOST | C_AT_HOST,
		"Move all running VMs of a host to other hosts of the pool; their guests run on. "
		"Nothing moves unless each VM has a host that can have it: the one of its affinity, "
		"else the one with most memory left. Until that is done no VM starts on the host; "
		"host-disable keeps it so.",
		PARAMS({ "network-uuid", 0 }, { "batch-size", P_IDLE }, { "progress", P_HIDDEN },
			DRY_RUN_PARAM),
		KINDS(&evacuate_network, &evacuate_batch), .one = evacuate_one,
		PRINTS(PRINTS_NOTHING) },
	{ "host-forget", cmd_host_forget, C_LOSES,
		"Let a host that will not come back leave the pool, without asking it. Asks first. "
		"The SRs that only this host has are forgotten with all that lies in them, and so "
		"are the VMs whose disks do; no file is touched.",
		PARAMS({ "uuid", P_REQUIRED }, { "force", P_HIDDEN }, DRY_RUN_PARAM),
		PRINTS(PRINTS_NOTHING) },
	{ "host-get-vms-which-prevent-evacuation", cmd_host_get_vms_which_prevent_evacuation,
		C_READS | C_AT_HOST,
		"List the running VMs of a host for which host-evacuate finds no other host, and why.",
		PARAMS({ "uuid", P_REQUIRED }, { "params", P_HIDDEN }),
		KINDS(&evacuated_host, &stay_params),
		PRINTS(PRINTS_CELLS, .columns = stay_columns) },
	{ "host-heartbeat", cmd_host_heartbeat, C_OURS | C_READS,
		"Tell the other hosts of the pool that this one is up, and which of its VMs run. "
		"vxe-heartbeat.timer does it.",
		NO_PARAMS, PRINTS(PRINTS_NOTHING) },
	{ "host-is-in-emergency-mode", cmd_host_is_in_emergency_mode, C_READS,
		"Print whether the host has lost its pool: false.", NO_PARAMS,
		PRINTS(PRINTS_TEXTS) },
	{ "host-reboot", on_hosts, C_SELECTS_HOST | C_FORCE | C_AT_HOST | C_LOSES,
		"Reboot the machine. The host must be disabled, no VM may run, and only with "
		"--force.",
		PARAMS({ "force", P_HIDDEN }, DRY_RUN_PARAM), .one = reboot_one,
		PRINTS(PRINTS_NOTHING) },
	{ "host-shutdown", on_hosts, C_SELECTS_HOST | C_FORCE | C_AT_HOST | C_LOSES,
		"Switch the machine off. The host must be disabled, no VM may run, and only with "
		"--force.",
		PARAMS({ "force", P_HIDDEN }, DRY_RUN_PARAM), .one = shutdown_one,
		PRINTS(PRINTS_NOTHING) },
	{ "pif-scan", cmd_pif_scan, 0,
		"Nothing needs to be scanned: pif-list shows the interfaces that there are.",
		PARAMS({ "host-uuid", P_REQUIRED }), .unplanned = "it changes nothing",
		PRINTS(PRINTS_NOTHING) },
	{ "pool-dump-database", cmd_pool_dump_database, 0,
		"Write all records into a new file, as JSON.", PARAMS({ "file-name", P_REQUIRED }),
		.unplanned = WRITES_ALONE, PRINTS(PRINTS_NOTHING) },
	{ "pool-eject", cmd_pool_eject, C_OURS | C_LOSES,
		"Let this host leave its pool. It gets its own records back: its VMs with their "
		"snapshots, and the SRs that no other host is connected to. Guests, disks and "
		"UUIDs stay as they are. The last host takes all records.",
		PARAMS({ "host-uuid", P_REQUIRED }, DRY_RUN_PARAM), PRINTS(PRINTS_NOTHING) },
	{ "pool-init", cmd_pool_init, C_OURS,
		"Move the records of this host into an empty database of PostgreSQL, as the "
		"first host of a pool. The host's commands find them there from then on, and "
		"guests, disks and UUIDs stay as they are.",
		PARAMS({ "store", P_REQUIRED }, DRY_RUN_PARAM), KINDS(&database_kind),
		PRINTS(PRINTS_CELLS, .columns = pool_columns) },
	{ "pool-join", cmd_pool_join, C_OURS,
		"Bring this host into the pool whose records are in a database of PostgreSQL "
		"(pool-init has made it), with all its records. The host's commands find them "
		"there from then on, and guests, disks and UUIDs stay as they are.",
		PARAMS({ "store", P_REQUIRED }, DRY_RUN_PARAM), KINDS(&database_kind),
		PRINTS(PRINTS_CELLS, .columns = pool_columns) },
	{ "pool-reconcile", cmd_pool_reconcile, C_OURS | C_LOSES | C_DECIDES,
		"Say that the records of the pool's database are the right ones, although hosts have "
		"seen later ones: it was restored from a backup, or a standby took over that lacked "
		"commits. First compares them with what the libvirt of each host has, and takes the "
		"newer side; no file and no definition is removed.",
		PARAMS({ "without", 0 }, { "homes:", 0 }, DRY_RUN_PARAM),
		KINDS(&without_kind, &homes_kind), PRINTS(PRINTS_NOTHING) },
	{ "pool-restore-database", cmd_pool_restore_database, C_LOSES,
		"Replace all records by those of a file; disks stay as they are. Needs --force; "
		"dry-run=true only looks at the file.",
		PARAMS({ "file-name", P_REQUIRED }, { "dry-run", 0 }, { "force", P_HIDDEN }),
		KINDS(&dry_run_given, &force_given), PRINTS(PRINTS_NOTHING | PRINTS_TEXTS) },
	{ "pool-sync-database", cmd_pool_sync_database, 0,
		"Do nothing: the database is on the disk whenever a command ends.", NO_PARAMS,
		.unplanned = "it changes nothing", PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
