/* SPDX-License-Identifier: MIT */
/*
 * Selects VMs and runs a command on each. Behaviour source: xen-api
 * ocaml/xapi-cli-server/cli_operations.ml (select_vms, do_vm_op).
 */
#include "xe/model/select.h"

#include <assert.h>
#include <string.h>

#include "objects/base/uuid.h"
#include "objects/audit/audit_line.h"
#include "objects/queries/object_labels.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vm.h"
#include "xe/model/call_home.h"
#include "xe/model/forward.h"
#include "xe/model/if_needed.h"
#include "xe/model/matches.h"
#include "xe/model/new_messages.h"
#include "xe/remote/remote_words.h"

void filters_add(struct filters *f, const char *key, const char *value)
{
	f->items = xrealloc(f->items, f->n + 1, sizeof(*f->items));
	f->items[f->n++] = (struct filter){ key, value };
}

void filters_clear(struct filters *f)
{
	free(f->items);
	*f = (struct filters){ 0 };
}

/*
 * True for a key that is not a filter: the selector itself ("vm"), a key that every command accepts, or a parameter of
 * the command; behind ':' such a key may have a key of a map.
 */
static bool is_own(const struct call *c, const char *key, const char *selector)
{
	_cleanup_free_ char *stem = xstrndup(key, strcspn(key, ":"));

	return str_eq(key, selector) || key_is_standard(stem) || key_is_output(stem, c->as_xe) ||
		command_owns(c->command, stem, c->as_xe);
}

void select_filters(const struct call *c, struct filters *ret)
{
	for (size_t i = 0; i < c->params->n; i++)
		if (!is_own(c, c->params->items[i].key, "vm"))
			filters_add(ret, c->params->items[i].key, c->params->items[i].value);
}

int select_check(size_t n_matches, bool multiple, struct vxe_error *err)
{
	if (n_matches == 0)
		return vxe_fail(err, CLI_NO_MATCH, "No matching VMs found");
	if (n_matches > 1 && !multiple)
		return vxe_fail(err, CLI_AMBIGUOUS,
			"Multiple matches VMs found. --multiple required to complete the "
			"operation");
	return 0;
}

static int select_check_one(size_t n_matches, struct vxe_error *err)
{
	if (n_matches <= 1)
		return select_check(n_matches, false, err);
	return vxe_fail(err, CLI_AMBIGUOUS,
		"Multiple matches VMs found. Operation can only be performed on one VM at a time");
}

/*
 * The view from which VMs are selected: that of vm-list; with SELECT_TEMPLATES without its built-in filter, so that
 * templates and snapshots match, too.
 */
static struct view selected_view(unsigned flags)
{
	struct view v = *view_by_prefix("vm");

	if (flags & SELECT_TEMPLATES)
		memset(&v.filter, 0, sizeof(v.filter));
	return v;
}

/* Lists the UUIDs of the VMs that match @filters. */
static int list_vms(struct call *c, const struct view *v, const struct filters *filters,
	struct rows *ret, struct vxe_error *err)
{
	const struct field *const fields[] = { class_field(v->cls, "uuid"), NULL };

	call_asks_libvirt(c);
	if (call_session(c, err) < 0)
		return -1;
	return list_rows(c->session, v, filters->items, filters->n, fields,
		c->as_xe ? 0 : LIST_UNDERSCORE, ret, err);
}

static void add_uuids(struct strv *to, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		strv_add(to, rows->items[i].uuid);
}

/* Adds the VMs whose field @field has the value @vm to @ret, each only once. */
static int add_named(struct call *c, const struct view *v, const struct filters *built_in,
	const char *field, const char *vm, struct strv *ret, struct vxe_error *err)
{
	_cleanup_filters_ struct filters all = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };

	for (size_t i = 0; i < built_in->n; i++)
		filters_add(&all, built_in->items[i].key, built_in->items[i].value);
	filters_add(&all, field, vm);
	if (list_vms(c, v, &all, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (!strv_has(ret, rows.items[i].uuid))
			strv_add(ret, rows.items[i].uuid);
	return 0;
}

/*
 * Selects VMs by vm=X first, and then applies all other filters to them. If no VM matches X, the other filters are not
 * evaluated.
 */
static int select_named(struct call *c, const struct view *v, const struct filters *built_in,
	const char *vm, const struct filters *filters, struct strv *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv named = { 0 };
	struct view by_name = *v;

	if (uuid_is_valid(vm) && add_named(c, v, built_in, "uuid", vm, &named, err) < 0)
		return -1;
	/*
	 * A VM with this UUID was found. Another VM may have the text as its name, but must have a record in the store:
	 * domains without a record need not be looked for again.
	 */
	by_name.adopts = v->adopts && !named.n;
	if (add_named(c, &by_name, built_in, "name-label", vm, &named, err) < 0)
		return -1;
	strv_sort(&named);
	for (size_t i = 0; i < named.n; i++) {
		_cleanup_filters_ struct filters one = { 0 };
		_cleanup_rows_ struct rows left = { 0 };

		if (!filters->n) {
			strv_add(ret, named.items[i]);
			continue;
		}
		filters_add(&one, "uuid", named.items[i]);
		for (size_t j = 0; j < filters->n; j++)
			filters_add(&one, filters->items[j].key, filters->items[j].value);
		if (list_vms(c, v, &one, &left, err) < 0)
			return -1;
		add_uuids(ret, &left);
	}
	return 0;
}

static int select_all(struct call *c, const struct view *v, struct filters *built_in,
	const struct filters *filters, struct strv *ret, struct vxe_error *err)
{
	_cleanup_rows_ struct rows rows = { 0 };

	for (size_t i = 0; i < filters->n; i++)
		filters_add(built_in, filters->items[i].key, filters->items[i].value);
	if (list_vms(c, v, built_in, &rows, err) < 0)
		return -1;
	add_uuids(ret, &rows);
	return 0;
}

/* Fails if libvirt could not be reached. Called when no VM was found, because libvirt may have the VM. */
static int check_asked(struct session *s, struct vxe_error *err)
{
	struct hv *hv;

	return session_is_down(s->here) ? session_hv(s->here, &hv, err) : 0;
}

int select_vms_named(struct call *c, const char *vm, struct strv *ret, struct vxe_error *err)
{
	const struct filters none = { 0 };
	const struct view v = selected_view(0);

	if (select_named(c, &v, &none, vm, &none, ret, err) < 0 ||
		(!ret->n && check_asked(c->session, err) < 0))
		return -1;
	return select_check(ret->n, true, err);
}

/*
 * A host that has selected a VM of another host had only its record: the VM may have got another name there, and the
 * command is not for it then. Nothing else of the words is looked at again.
 */
static int check_still_named(
	struct call *c, const struct view *v, const char *uuid, struct vxe_error *err)
{
	const char *vm = params_get(c->params, "vm");
	_cleanup_filters_ struct filters all = { 0 }, filters = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };

	filters_add(&all, "uuid", uuid);
	if (vm && !str_eq(vm, uuid))
		filters_add(&all, "name-label", vm);
	select_filters(c, &filters);
	for (size_t i = 0; i < filters.n; i++)
		if (str_starts(filters.items[i].key, "name-label"))
			filters_add(&all, filters.items[i].key, filters.items[i].value);
	return list_vms(c, v, &all, &rows, err) < 0 ? -1 : select_check(rows.n, false, err);
}

int select_vms(struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err)
{
	_cleanup_filters_ struct filters built_in = { 0 }, filters = { 0 };
	const char *vm = params_get(c->params, "vm");
	const struct view v = selected_view(flags);
	bool multiple = false;
	int rc;

	if (params_flag(c->params, "multiple", &multiple, err) < 0)
		return -1;
	if (c->forwarded && c->forwarded->only) {
		strv_add(ret, c->forwarded->only);
		return check_still_named(c, &v, c->forwarded->only, err) < 0
			? -1
			: call_home_selected(c, &vm_class, ret, err);
	}
	if (!(flags & SELECT_CONTROL))
		filters_add(&built_in, "is-control-domain", "false");
	select_filters(c, &filters);
	rc = vm ? select_named(c, &v, &built_in, vm, &filters, ret, err)
		: select_all(c, &v, &built_in, &filters, ret, err);
	if (rc < 0 || (!ret->n && check_asked(c->session, err) < 0))
		return -1;
	rc = flags & SELECT_ONE ? select_check_one(ret->n, err)
				: select_check(ret->n, multiple || flags & SELECT_MANY, err);
	if (rc < 0 && ret->n && !c->as_xe) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		char *lines = NULL;

		if (list_matches(c, &v, ret, &lines, &ignored) == 0)
			err->detail = lines;
	}
	c->session->selected_as = vm ? vm : params_get(c->params, "name-label");
	return rc < 0 ? -1 : call_home_selected(c, &vm_class, ret, err);
}

/* ---- order ----------------------------------------------------------------------------------- */

struct list_order select_order(const struct call *c, const struct class *cls)
{
	const char *sort = call_get(c, "sort");
	struct list_order o = {
		.limited = call_get(c, "limit") != NULL,
		.limit = call_value(c, "limit", 0),
		.down = sort && *sort == '-',
	};

	if (sort)
		o.by[0] = class_field_loose(cls, sort + o.down);
	return o;
}

int select_no_order(const struct call *c, struct vxe_error *err)
{
	return call_get(c, "sort") || call_get(c, "limit")
		? vxe_fail(
			  err, CLI_USAGE, "A tree has its own order: sort= and limit= need a list.")
		: 0;
}

/* ---- running a command on each -------------------------------------------------------------- */

/*
 * The text about a failure for one VM of several: "operation failed on UUID: ...". The text of the last failure is
 * printed first. Owned.
 */
static char *failure_text(struct call *c, const char *uuid, const struct vxe_error *err)
{
	_cleanup_strv_ struct strv lines = { 0 };
	_cleanup_free_ char *text = NULL;

	report_failure(c->report, err, &lines);
	text = strv_join(&lines, "\n");
	return xasprintf("operation failed on %s: %s", uuid, text);
}

/*
 * Records a failure for one VM of several. With --json prints it on the error stream at once, because the output is one
 * document.
 */
static void failed(
	struct call *c, const char *uuid, const struct vxe_error *err, struct strv *failures)
{
	strv_take(failures, failure_text(c, uuid, err));
	c->failed = err->code;
	if (!c->report->json)
		return;
	progress_hide(c->progress);
	report_error_of(c->report, uuid, err);
}

/* Runs a command for one VM: the progress line shows the VM's name, and an error says that it is about this VM. */
static int run_for(struct call *c, one_fn *fn, const char *uuid, struct vxe_error *err)
{
	bool snapshots = str_eq(c->command->makes, "snapshot");
	_cleanup_free_ char *have = NULL;

	call_names(c, uuid);
	if (snapshots && needless_object(c, uuid, &have, err) < 0)
		return -1;
	if (have) {
		print_changed(c, have, false);
		return 0;
	}
	const struct forward_part there = { .only = uuid, .in = -1, .out = -1 };
	const char *host = c->command->flags & C_STREAMS ? NULL : call_home_of(c, uuid);
	int r = host ? forward_part(c, host, &there, err) : fn(c, uuid, err);

	if (r < 0 && needless_state(c, err)) {
		error_clear(err);
		print_changed(c, uuid, false);
		return 0;
	}
	if (r < 0)
		error_about(err, uuid);
	else if (if_needed(c) && c->render->format == RENDER_JSON) {
		print_changed(c, c->result ? c->result : uuid, true);
		free(TAKE(c->result));
	}
	return r;
}

/* What a command has made for several VMs, and for which VM each is. */
struct made {
	struct strv uuids, vms;
};

static void made_clear(struct made *m)
{
	strv_clear(&m->uuids);
	strv_clear(&m->vms);
}

static void made_add(struct made *m, struct call *c, const char *vm)
{
	deed_note(c->session, c->result);
	strv_take(&m->uuids, TAKE(c->result));
	strv_add(&m->vms, vm);
}

static void try_each(struct call *c, const struct strv *vms, one_fn *fn, struct made *made,
	struct strv *failures)
{
	for (size_t i = 0; i < vms->n; i++) {
		_cleanup_error_ struct vxe_error one = { 0 };

		if (run_for(c, fn, vms->items[i], &one) < 0 && one.code != VXE_PLANNED)
			failed(c, vms->items[i], &one, failures);
		else if (c->result)
			made_add(made, c, vms->items[i]);
	}
}

static void reverse(struct strv *v)
{
	for (size_t i = 0; i < v->n / 2; i++) {
		char *other = v->items[v->n - 1 - i];

		v->items[v->n - 1 - i] = v->items[i];
		v->items[i] = other;
	}
}

static void run_several(struct call *c, const struct strv *vms, one_fn *fn, struct made *made)
{
	_cleanup_strv_ struct strv failures = { 0 };

	try_each(c, vms, fn, made, &failures);
	reverse(&made->uuids);
	reverse(&made->vms);
	if (!failures.n)
		return;
	reverse(&failures);
	progress_hide(c->progress);
	for (size_t i = 0; i < failures.n && !c->report->json; i++)
		render_line(c->render, failures.items[i]);
	int signal = c->failed == TASK_CANCELLED ? call_signal_status(c) : 0;

	c->status = c->as_xe ? EXIT_FAILED : signal ? signal : EXIT_SOME_FAILED;
	made_clear(made);
}

static bool is_multiple(const struct call *c)
{
	_cleanup_error_ struct vxe_error checked = { 0 };
	bool multiple = false;

	return params_flag(c->params, "multiple", &multiple, &checked) == 0 && multiple;
}

/* Prints what was made: for people and scripts that see more than one line, with the VM of each. */
static void print_made(struct call *c, const struct made *made)
{
	static const struct column columns[] = { { "uuid", CELL_TEXT }, { "vm-uuid", CELL_TEXT },
		{ "vm-name-label", CELL_TEXT }, { 0 } };
	bool whose = !c->as_xe && c->command->prints.what & PRINTS_UUID &&
		(c->render->format == RENDER_JSON || c->render->format == RENDER_TABLE);
	_cleanup_strv_ struct strv values = { 0 };

	if (!whose) {
		render_list(c->render, &made->uuids);
		return;
	}
	for (size_t i = 0; i < made->uuids.n; i++) {
		char *name = naming_object(c->session, made->vms.items[i], NULL);

		strv_add(&values, made->uuids.items[i]);
		strv_add(&values, made->vms.items[i]);
		strv_take(&values, name ? name : xstrdup(""));
	}
	progress_hide(c->progress);
	render_cells(c->render, columns, (const char *const *)values.items, made->uuids.n);
}

/* With --json and --multiple a command prints an array, also if one VM matches or if there is nothing to print. */
static void begin_array(struct call *c)
{
	struct str json = { 0 };

	if (c->render->format != RENDER_JSON || !is_multiple(c))
		return;
	str_add(&json, "[]");
	render_json(c->render, &json);
}

int each_vm(struct call *c, unsigned flags, one_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 }, seen = { 0 };
	_cleanup_(made_clear) struct made made = { 0 };
	bool multiple; /* a bad value opens nothing */
	int r = 0;

	c->homes.each = true;
	if (params_flag(c->params, "multiple", &multiple, err) < 0 || call_session(c, err) < 0)
		return -1;
	store_view(c->session->store, true);
	int selected = select_vms(c, flags, &vms, err);

	if (selected == 0)
		call_note(c, &vms);
	store_view(c->session->store, false);
	if (selected < 0)
		return -1;
	assert(vms.n);
	begin_array(c);
	c->ctx = ctx;
	messages_look(c, &vms, &seen, false);
	if (vms.n > 1)
		run_several(c, &vms, fn, &made);
	else
		r = run_for(c, fn, vms.items[0], err);
	messages_look(c, &vms, &seen, true);
	if (r < 0)
		return -1;
	/* with --multiple the answer has the same form for one VM as for several */
	if (c->result && !c->as_xe && is_multiple(c))
		made_add(&made, c, vms.items[0]);
	if (made.uuids.n)
		print_made(c, &made);
	return 0;
}

static int act_and_say(struct call *c, const char *uuid, struct vxe_error *err)
{
	if (call_act(c, uuid, err) < 0)
		return -1;
	if (command_owns(c->command, "progress", c->as_xe))
		progress_done(c->progress);
	return 0;
}

int on_vms(struct call *c, struct vxe_error *err)
{
	if (command_owns(c->command, "progress", c->as_xe))
		c->progress->lines = call_get(c, "progress") != NULL;
	return each_vm(c, c->command->select, act_and_say, NULL, err);
}

/* ---- hosts and SRs --------------------------------------------------------------------------- */

/*
 * A class from which commands select objects, with the messages for no match and for several. That the message about
 * SRs names hosts is a mistake of xe, on which scripts may rely.
 */
static const struct selectable {
	/* prefix of the view, which is also the key that selects an object (host=X, sr=X) */
	const char *prefix;
	const char *names[2]; /* fields whose value X may be, instead of the UUID */
	const char *none, *several;
} selectables[] = {
	{ "host", { "name-label", "hostname" }, "No matching hosts found",
		"Multiple matching hosts found." },
	{ "sr", { "name-label" }, "No matching hosts found", "Multiple matching SRs found." },
};

static bool row_is_called(const struct selectable *c, const struct rows *rows,
	const struct row *row, const char *name)
{
	if (str_eq(row->uuid, name))
		return true;
	for (size_t i = 0; i < rows->n_fields; i++)
		for (size_t k = 0; k < ARRAY_LEN(c->names); k++)
			if (str_eq(rows->fields[i]->name, c->names[k]) &&
				str_eq(row->values[i].string, name))
				return true;
	return false;
}

static int check_matches(const struct call *c, const struct selectable *what, size_t n,
	unsigned flags, struct vxe_error *err)
{
	_cleanup_free_ char *several = NULL;
	bool multiple = false;

	if (params_flag(c->params, "multiple", &multiple, err) < 0)
		return -1;
	if (n == 0)
		return vxe_fail(err, CLI_NO_MATCH, what->none);
	if (n == 1 || (multiple && !(flags & SELECT_ONE)))
		return 0;
	several = flags & SELECT_ONE
		? xasprintf("%s Operation can only be performed on one %s at a time", what->several,
			  str_eq(what->prefix, "sr") ? "SR" : "host")
		: xasprintf("%s --multiple required to complete the operation", what->several);
	return vxe_fail(err, CLI_AMBIGUOUS, several);
}

static int select_objects(struct call *c, const struct selectable *what, unsigned flags,
	struct strv *ret, struct vxe_error *err)
{
	const struct view *v = view_by_prefix(what->prefix);
	const char *named = params_get(c->params, what->prefix);
	const struct field *fields[ARRAY_LEN(what->names) + 1] = { NULL };
	_cleanup_filters_ struct filters filters = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(what->names) && what->names[i]; i++)
		fields[i] = class_field(v->cls, what->names[i]);
	for (size_t i = 0; i < c->params->n; i++)
		if (!is_own(c, c->params->items[i].key, what->prefix))
			filters_add(&filters, c->params->items[i].key, c->params->items[i].value);
	if (call_session(c, err) < 0 ||
		list_rows(c->session, v, filters.items, filters.n, fields,
			c->as_xe ? 0 : LIST_UNDERSCORE, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (!named || row_is_called(what, &rows, &rows.items[i], named))
			strv_add(ret, rows.items[i].uuid);
	call_note(c, ret);
	return check_matches(c, what, ret->n, flags, err) < 0
		? -1
		: call_home_selected(c, v->cls, ret, err);
}

int select_hosts(struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err)
{
	return select_objects(c, &selectables[0], flags, ret, err);
}

int select_srs(struct call *c, unsigned flags, struct strv *ret, struct vxe_error *err)
{
	return select_objects(c, &selectables[1], flags, ret, err);
}

int on_hosts(struct call *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv hosts = { 0 };

	if (select_hosts(c, 0, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; i < hosts.n; i++)
		if (call_act(c, hosts.items[i], err) < 0)
			return -1;
	return 0;
}
