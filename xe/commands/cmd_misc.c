/* SPDX-License-Identifier: MIT */
/* Commands about the store as a whole. */
#include "objects/check/check.h"
#include "objects/start/inventory.h"
#include "objects/start/snapshots_left.h"
#include "objects/disks/disks.h"
#include "xe/model/call.h"
#include "xe/model/command.h"

static const struct column finding_columns[] = { { "object", CELL_TEXT }, { "kind", CELL_FAULT },
	{ "problem", CELL_TEXT }, { 0 } };

static int cmd_check(struct call *c, struct vxe_error *err)
{
	_cleanup_findings_ struct findings found = { 0 };
	_cleanup_free_ char *count = NULL;

	if (call_session(c, err) < 0 ||
		check_all(c->session, call_flag(c, "read-only", false), &found, err) < 0)
		return -1;
	progress_hide(c->progress);
	enum { N = ARRAY_LEN(finding_columns) - 1 };
	_cleanup_free_ const char **cells = xcalloc(found.n * N + 1, sizeof(*cells));

	for (size_t i = 0; i < found.n; i++) {
		cells[i * N] = found.items[i].object;
		cells[i * N + 1] = found.items[i].kind;
		cells[i * N + 2] = found.items[i].text;
	}
	render_cells(c->render, finding_columns, cells, found.n);
	if (!found.n) {
		render_message(c->render, "No problems found.");
		return 0;
	}
	c->keep_results = true;
	count = xasprintf("%zu", found.n);
	return vxe_fail(err, VXE_INCONSISTENT, count);
}

static const struct column coalesce_columns[] = { { "layers-merged", CELL_NUMBER },
	{ "layers-removed", CELL_NUMBER }, { "layers-waiting", CELL_NUMBER },
	{ "bytes-freed", CELL_NUMBER }, { "waits", CELL_TEXT }, { 0 } };

static int cmd_sr_coalesce(struct call *c, struct vxe_error *err)
{
	struct coalesce_result done = { 0 };
	_cleanup_strv_ struct strv left = { 0 };
	_cleanup_free_ char *merged = NULL, *removed = NULL, *waiting = NULL, *bytes = NULL;
	_cleanup_free_ char *waits = NULL;

	if (call_session(c, err) < 0 ||
		sr_coalesce(c->session, call_get(c, "sr-uuid"), &done, &left, err) < 0)
		return -1;
	progress_hide(c->progress);
	merged = xasprintf("%d", done.merged);
	removed = xasprintf("%d", done.removed);
	waiting = xasprintf("%d", done.waiting);
	bytes = xasprintf("%lld", (long long)done.bytes);
	waits = strv_join(&left, "; ");
	const char *const cells[] = { merged, removed, waiting, bytes, waits };

	render_cells(c->render, coalesce_columns, cells, 1);
	return 0;
}

/* ---- inventory ------------------------------------------------------------------------------ */

static const struct column inventory_columns[] = { { "INSTALLATION_UUID", CELL_TEXT },
	{ "CONTROL_DOMAIN_UUID", CELL_TEXT }, { "MANAGEMENT_INTERFACE", CELL_TEXT }, { 0 } };

static void inventory_line(struct call *c, const char *key, const char *value)
{
	_cleanup_free_ char *line = xasprintf("%s='%s'", key, value);

	render_line(c->render, line);
}

/*
 * Prints the lines of /etc/xensource-inventory, for an installer. Makes no store, so that a package can be built on any
 * machine.
 */
static int cmd_inventory(struct call *c, struct vxe_error *err)
{
	_cleanup_inventory_ struct inventory i = { 0 };
	const struct session_config *config;

	if (call_environment(c, &config, err) < 0 || inventory_read(config, &i, err) < 0)
		return -1;
	const char *const cells[] = { i.host, i.control_domain, i.interface };

	if (c->render->format == RENDER_JSON) {
		render_cells(c->render, inventory_columns, cells, 1);
		return 0;
	}
	for (size_t k = 0; k < ARRAY_LEN(cells); k++)
		inventory_line(c, inventory_columns[k].name, cells[k]);
	return 0;
}

/* ---- removal -------------------------------------------------------------------------------- */

/*
 * Prints what a package says when it is removed: nothing, or what the snapshots mean without the program. Only the store
 * is asked, because libvirt may be off, and a question would start it.
 */
static int cmd_removal_notice(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *notice = NULL, *store = NULL;
	const struct session_config *config;
	size_t n = 0;

	if (call_environment(c, &config, err) < 0 || snapshots_left(config, &n, &store, err) < 0)
		return -1;
	if (!n)
		return 0;
	notice = xasprintf(
		"vxe: %zu %s snapshots. The guests run on, and libvirt knows them as they are now, but the\n"
		"disks stay chains of files, and only the records in %s say which file belongs to\n"
		"which snapshot. They stay. To leave for good, install vxe again, and before its removal:\n"
		"  vxe snapshot-list --tree\n"
		"  vxe snapshot-uninstall uuid=UUID --force    (for each snapshot; the guest may run)\n"
		"  vxe check",
		n, n == 1 ? "VM has" : "VMs have", store);
	call_print(c, notice);
	return 0;
}

static const struct param_kind only_look = { "read-only", PARAM_FLAG,
	.meaning = "Change nothing, and finish nothing." };

const struct command misc_commands[] = {
	{ "check", cmd_check, C_OURS | C_STANDARD | C_READS,
		"Look for inconsistencies between the records, the files and libvirt, after "
		"finishing or undoing interrupted operations. With --read-only nothing is changed.",
		PARAMS({ "read-only", P_OURS }), KINDS(&only_look),
		PRINTS(PRINTS_CELLS, .columns = finding_columns) },
	{ "inventory", cmd_inventory, C_OURS | C_READS,
		"Print the lines of /etc/xensource-inventory, which scripts read.", NO_PARAMS,
		PRINTS(PRINTS_CELLS, .columns = inventory_columns) },
	{ "removal-notice", cmd_removal_notice, C_OURS | C_HIDDEN | C_READS,
		"Print what a removal of the program leaves behind: nothing, or a notice about "
		"snapshots.",
		NO_PARAMS, PRINTS(PRINTS_TEXTS | PRINTS_NOTHING) },
	{ "sr-coalesce", cmd_sr_coalesce, C_OURS | C_STANDARD,
		"Merge or remove the layers of disks that no snapshot needs any more, in one "
		"storage repository or in all. force=true also those that hold internal snapshots "
		"of libvirt, which are then lost and named.",
		PARAMS({ "sr-uuid", P_OURS }, { "force", P_OURS }, DRY_RUN_PARAM),
		PRINTS(PRINTS_CELLS, .columns = coalesce_columns) },
	{ 0 },
};
