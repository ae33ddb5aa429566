/* SPDX-License-Identifier: MIT */
/* Snapshot schedules: vmss-create, -run, -preview. */
#include "objects/base/clock.h"
#include "objects/base/uri.h"
#include "objects/classes/vm/vm.h"
#include "objects/model/enums.h"
#include "objects/queries/record_objects.h"
#include "objects/schedule/schedule_facts.h"
#include "objects/schedule/schedule_run.h"
#include "objects/schedule/schedule_checks.h"
#include "objects/schedule/runner_check.h"
#include "objects/schedule/schedule_week.h"
#include "xe/model/call.h"
#include "xe/model/command.h"

static const struct param_kind vmss_type = { "type", PARAM_WORD,
	.meaning = "What the schedule takes.", .words = &vmss_type_table };

/* ---- vmss-create ----------------------------------------------------------------------------- */

/* Sets those fields of a new schedule that only vxe has, and that vmss-create takes as parameters. */
static int set_ours(const struct call *c, struct vmss *v, struct vxe_error *err)
{
	for (const struct field *f = vmss_class.fields; f->name; f++) {
		const char *text = command_own_field(f) ? call_get(c, f->name) : NULL;
		_cleanup_value_ struct value value = { 0 };

		if (!text)
			continue;
		if (value_parse(c->session, f, text, &value, err) < 0 ||
			(f->check && f->check(c->session, v, &value, err) < 0))
			return -1;
		field_store(f, v, &value);
	}
	return schedule_check(c->session, NULL, v, err);
}

static int cmd_vmss_create(struct call *c, struct vxe_error *err)
{
	_cleanup_(vmss_free_cleanup) struct vmss *v = record_new(&vmss_class);
	const char *description = call_get(c, "name-description");

	str_replace(&v->name_label, call_get(c, "name-label"));
	str_replace(&v->name_description, description ? description : "");
	call_map(c, "schedule", &v->schedule);
	v->type = (int)call_value(c, "type", 0);
	v->frequency = (int)call_value(c, "frequency", 0);
	v->enabled = call_flag(c, "enabled", v->enabled);
	v->retained_snapshots = call_value(c, "retained-snapshots", v->retained_snapshots);
	if (vmss_check(v, err) < 0 || call_session(c, err) < 0 ||
		(!c->as_xe && set_ours(c, v, err) < 0))
		return -1;
	if (str_is_empty(v->timezone) && uri_is_database(c->session->config.store))
		str_replace(&v->timezone, schedule_zone_here(c->session));
	v->counted_from = clock_wall();
	if (object_create(c->session, &vmss_class, v, &c->result, err) < 0)
		return -1;
	schedule_tell_unwatched(c->session, c->result);
	return 0;
}

/* ---- vmss-run -------------------------------------------------------------------------------- */

/* Prints an array of the snapshots, also if there is one or none. */
static void print_runs(struct call *c, const struct strv *made)
{
	struct str json = { 0 };

	str_add(&json, "[]");
	render_json(c->render, &json);
	call_print_made(c, made);
}

static int cmd_vmss_run(struct call *c, struct vxe_error *err)
{
	const struct schedule_args args = { .schedule = call_get(c, "uuid"),
		.vm = call_get(c, "vm-uuid"),
		.due = call_flag(c, "due", false),
		.force = call_flag(c, "force", false),
		.slot = call_value(c, "slot", 0),
		.deeds = &schedule_deeds,
		.program = THIS_PROGRAM };
	_cleanup_strv_ struct strv made = { 0 };

	if (!args.schedule && !args.due && !call_flag(c, "all", false))
		return vxe_fail(err, CLI_USAGE, "Need one of: uuid=, --all, --due.");
	if (args.slot && (!args.schedule || !args.vm || args.due))
		return vxe_fail(err, CLI_USAGE, "slot= needs uuid= and vm-uuid=.");
	if (call_session(c, err) < 0)
		return -1;
	int r = schedule_run(c->session, &args, &made, err);

	progress_hide(c->progress);
	if (c->render->format == RENDER_JSON && !c->planned.n)
		print_runs(c, &made);
	for (size_t i = 0; c->render->format != RENDER_JSON && i < made.n; i++)
		render_line(c->render, made.items[i]);
	return r;
}

/* ---- vmss-preview ---------------------------------------------------------------------------- */

#define PREVIEWED 5
#define MOST_PREVIEWS 1000

/* The lines of a preview of a schedule: what will happen, to which object, and when. */
struct preview {
	struct strv what, object, name, at;
};

static void preview_clear(struct preview *p)
{
	strv_clear(&p->what);
	strv_clear(&p->object);
	strv_clear(&p->name);
	strv_clear(&p->at);
}

static void add_line(
	struct preview *p, const char *what, const char *object, const char *name, int64_t at)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(at, text);
	strv_add(&p->what, what);
	strv_add(&p->object, object);
	strv_add(&p->name, name);
	strv_add(&p->at, text);
}

static void preview_runs(struct call *c, const struct vmss *v, size_t count, struct preview *p)
{
	_cleanup_free_ int64_t *runs = xcalloc(count, sizeof(*runs));
	size_t n = schedule_next_runs(c->session, v, runs, count);

	for (size_t i = 0; i < n; i++)
		add_line(p, "run", v->r.uuid, v->name_label, runs[i]);
}

static int preview_vm(struct call *c, const struct vmss *v, const char *uuid, struct preview *p,
	struct vxe_error *err)
{
	_cleanup_items_ struct schedule_items all = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	const int64_t now = clock_wall();

	if (txn_begin(c->session->store, TXN_READ, &t, err) < 0 || vm_get(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (schedule_items(c->session, v, uuid, now, &all, err) < 0)
		return -1;
	add_line(p, "take", uuid, vm->name_label, now);
	for (size_t i = 0; i < all.n; i++) {
		const struct schedule_item *item = &all.items[i];

		add_line(p,
			item->stays	       ? "keep"
				: item->needed ? "keep, in use"
					       : "delete",
			item->uuid, item->name, item->at);
	}
	return 0;
}

static const struct column preview_columns[] = { { "what", CELL_TEXT }, { "uuid", CELL_TEXT },
	{ "name-label", CELL_TEXT }, { "time", CELL_TIME }, { 0 } };

static void print_preview(struct call *c, const struct preview *p)
{
	enum { N = ARRAY_LEN(preview_columns) - 1 };
	_cleanup_free_ const char **cells = xcalloc(p->what.n * N + 1, sizeof(*cells));

	for (size_t i = 0; i < p->what.n; i++) {
		const char *const record[N] = { p->what.items[i], p->object.items[i],
			p->name.items[i], p->at.items[i] };

		for (size_t k = 0; k < N; k++)
			cells[i * N + k] = record[k];
	}
	render_cells(c->render, preview_columns, cells, p->what.n);
}

/* Prints the preview of a schedule: its next runs, then each VM with its snapshots. */
static void print_tree(struct call *c, const struct preview *p)
{
	for (size_t i = 0; i < p->what.n; i++) {
		const char *what = p->what.items[i];
		bool head = str_eq(what, "run") || str_eq(what, "take");
		_cleanup_free_ char *line = xasprintf("%s%s  %s  %s  %s", head ? "" : "  ", what,
			p->at.items[i], p->object.items[i], p->name.items[i]);

		render_line(c->render, line);
	}
}

#define HOURS 24

/* Prints a day of the week: of each hour whether a snapshot is taken in it, and whether it stays. */
static void print_day(struct call *c, const struct schedule_week *w, int day)
{
	_cleanup_str_ struct str line = { 0 };
	char hours[HOURS] = { 0 };

	for (size_t i = 0; i < w->n; i++)
		if (w->runs[i].day == day && hours[w->runs[i].hour] != '+')
			hours[w->runs[i].hour] = w->runs[i].stays ? '+' : '-';
	str_addf(&line, "%-6s", w->days[day]);
	for (int h = 0; h < HOURS; h++)
		str_addf(&line, "  %c", hours[h] ? hours[h] : '.');
	render_line(c->render, str_text(&line));
}

/* Prints the next days of a VM as a grid of at most 80 columns. */
static int print_week(struct call *c, const struct vmss *v, const char *uuid, struct vxe_error *err)
{
	_cleanup_week_ struct schedule_week w = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_str_ struct str head = { 0 };

	if (txn_begin(c->session->store, TXN_READ, &t, err) < 0 || vm_get(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (schedule_week(c->session, v, uuid, &w, err) < 0)
		return -1;
	render_line(c->render, vm->name_label);
	str_add(&head, "      ");
	for (int h = 0; h < HOURS; h++)
		str_addf(&head, " %02d", h);
	render_marked(c->render, str_text(&head));
	for (int day = 0; day < WEEK_DAYS; day++)
		print_day(c, &w, day);

	_cleanup_free_ char *foot = xasprintf(
		"+ taken and kept, - taken and thinned out again; of %zu there now %zu will go.\n",
		w.there, w.gone);

	render_message(c->render, foot);
	return 0;
}

static int print_weeks(
	struct call *c, const struct vmss *v, const struct strv *vms, struct vxe_error *err)
{
	progress_hide(c->progress);
	for (size_t i = 0; i < vms->n; i++)
		if (print_week(c, v, vms->items[i], err) < 0)
			return -1;
	if (!vms->n)
		render_message(c->render, "The schedule has no VMs.");
	return 0;
}

static int cmd_vmss_preview(struct call *c, struct vxe_error *err)
{
	_cleanup_(vmss_free_cleanup) struct vmss *v = NULL;
	_cleanup_(preview_clear) struct preview p = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	const int64_t count = call_value(c, "count", PREVIEWED);

	if (count < 1 || count > MOST_PREVIEWS)
		return vxe_fail(err, INVALID_VALUE, "count", call_get(c, "count"));
	if (call_session(c, err) < 0 || txn_begin(c->session->store, TXN_READ, &t, err) < 0 ||
		vmss_get(t, call_get(c, "uuid"), &v, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (schedule_members(c->session, v, &vms, err) < 0)
		return -1;
	if (c->render->format == RENDER_TABLE)
		return print_weeks(c, v, &vms, err);
	preview_runs(c, v, (size_t)count, &p);
	for (size_t i = 0; i < vms.n; i++)
		if (preview_vm(c, v, vms.items[i], &p, err) < 0)
			return -1;
	progress_hide(c->progress);
	if (call_flag(c, "tree", false) && c->render->format == RENDER_XE)
		print_tree(c, &p);
	else
		print_preview(c, &p);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static int destroy_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return object_destroy(c->session, &vmss_class, uuid, err);
}

static const struct param_kind due_kind = { "due", PARAM_FLAG,
	.meaning = "The enabled schedules whose time has come; a timer calls it each minute." };
static const struct param_kind all_kind = { "all", PARAM_FLAG,
	.meaning = "All enabled schedules, now." };
static const struct param_kind force_kind = { "force", PARAM_FLAG,
	.meaning = "Delete all snapshots that no rule keeps, at once." };
static const struct param_kind vm_kind = { "vm-uuid", PARAM_UUID, .meaning = "Only for this VM.",
	.view = "vm" };
static const struct param_kind slot_kind = { "slot", PARAM_NUMBER,
	.meaning =
		"Of a run with max-parallel: only the snapshot of this slot, for a run that waits.",
	.natural = true, .refusal = "Invalid slot (expected a number)" };
static const struct param_kind tree_kind = { "tree", PARAM_FLAG,
	.meaning = "Show the runs, then each VM with its snapshots." };
static const struct param_kind count_kind = { "count", PARAM_NUMBER,
	.meaning = "How many runs to show.", .absent = "5", .natural = true,
	.refusal = "Invalid count (expected a number)" };

const struct command schedule_commands[] = {
	{ "vmss-create", cmd_vmss_create, C_EVERYDAY, "Make a snapshot schedule.",
		PARAMS({ "name-label", P_REQUIRED }, { "type", P_REQUIRED },
			{ "frequency", P_REQUIRED }, { "name-description", 0 }, { "enabled", 0 },
			{ "schedule:", 0 }, { "retained-snapshots", 0 }, DRY_RUN_PARAM, IF_NEEDED),
		KINDS(&vmss_type), .own = &vmss_class, .makes = "vmss", PRINTS(PRINTS_UUID) },
	{ "vmss-destroy", on_uuid, C_LOSES, "Remove a snapshot schedule that no VM names.",
		PARAMS({ "uuid", P_REQUIRED }, DRY_RUN_PARAM), .one = destroy_one,
		PRINTS(PRINTS_NOTHING) },
	{ "vmss-preview", cmd_vmss_preview, C_OURS | C_EVERYDAY | C_READS,
		"Show when a schedule runs, and for each of its VMs which snapshots a run would "
		"delete. With --table the days of a week, hour by hour, with the snapshots that are "
		"taken and those that are thinned out.",
		PARAMS({ "uuid", P_REQUIRED }, { "count", 0 }, { "tree", 0 }),
		KINDS(&count_kind, &tree_kind), PRINTS(PRINTS_CELLS, .columns = preview_columns) },
	{ "vmss-run", cmd_vmss_run, C_OURS | C_EVERYDAY | C_READS | C_ASKS_HOME,
		"Take the snapshots of a schedule, and delete those that it does not keep.",
		PARAMS({ "uuid", 0 }, { "all", 0 }, { "due", 0 }, { "vm-uuid", 0 }, { "force", 0 },
			DRY_RUN_PARAM, { "slot", P_HIDDEN }),
		KINDS(&due_kind, &all_kind, &vm_kind, &force_kind, &slot_kind),
		PRINTS(PRINTS_UUIDS) },
	{ 0 },
};
