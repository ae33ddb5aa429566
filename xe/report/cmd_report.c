/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <strings.h>

#include "objects/audit/audit_log.h"
#include "objects/base/clock.h"
#include "objects/check/check.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "xe/model/call.h"
#include "xe/model/select.h"
#include "objects/model/human.h"
#include "xe/output/terminal_text.h"
#include "xe/report/html.h"
#include "xe/report/report.h"
#include "objects/base/version.h"

#define DAY 86400
/* So many failed commands of the last month are shown. */
#define MOST_ERRORS 20

static const char *const report_columns[] = { "uuid", "name-label", "name-description",
	"power-state", "memory-static-max", NULL };

static void report_data_clear(struct report_data *d)
{
	snapshot_tree_clear(&d->tree);
	space_clear(&d->space);
	rows_clear(&d->rows);
	findings_clear(&d->found);
	strv_clear(&d->notes);
}

char *report_value(const struct report_data *d, const struct row *vm, enum report_column column)
{
	return value_print(d->call->session, d->rows.fields[column], &vm->values[column]);
}

/* ---- what is read ---------------------------------------------------------------------------- */

static int read_vms(struct call *c, struct report_data *d, struct vxe_error *err)
{
	struct view v = *view_by_prefix("vm");
	const struct list_order by_name = { .by[0] = class_field(v.cls, "name-label") };
	const struct filter guests = { "is-control-domain", "false" };
	const struct field *fields[REPORT_COLUMNS + 1] = { 0 };

	for (size_t i = 0; report_columns[i]; i++)
		fields[i] = class_field(v.cls, report_columns[i]);
	v.among = d->vms;
	v.order = &by_name;
	return list_rows(c->session, &v, &guests, 1, fields, LIST_COSTLY, &d->rows, err);
}

static int add_snapshots_of(struct txn *t, const char *vm, struct strv *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(t, &vm_class, "snapshot_of", vm, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		strv_add(ret, ((const struct vm *)all.items[i])->r.uuid);
	return 0;
}

static int read_snapshots(struct call *c, struct report_data *d, struct vxe_error *err)
{
	struct view v = *view_by_prefix("snapshot");
	_cleanup_strv_ struct strv among = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (d->vms &&
		(view_prepare(c->session, &v, err) < 0 ||
			txn_begin(c->session->store, TXN_READ, &t, err) < 0))
		return -1;
	for (size_t i = 0; d->vms && i < d->vms->n; i++)
		if (add_snapshots_of(t, d->vms->items[i], &among, err) < 0)
			return -1;
	txn_abort(TAKE(t));
	if (d->vms)
		v.among = &among;
	return snapshot_tree_read(c->session, &v, NULL, 0, &d->tree, err);
}

/* What is said besides goes onto the page, too, which is what is mailed and kept. */
static int read_check(struct call *c, struct report_data *d, struct vxe_error *err)
{
	c->notes = &d->notes;
	int r = check_all(c->session, true, &d->found, err);

	c->notes = NULL;
	return r;
}

static int read_all(struct call *c, struct report_data *d, struct vxe_error *err)
{
	if (read_vms(c, d, err) < 0 || read_snapshots(c, d, err) < 0 ||
		space_read(c->session, d->vms, &d->space, err) < 0)
		return -1;
	return read_check(c, d, err);
}

/* ---- parts of the page ----------------------------------------------------------------------- */

static char *host_name(struct call *c, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(c->session->store, TXN_READ, &t, err) < 0 ||
		host_get(t, c->session->here->uuid, &host, err) < 0)
		return NULL;
	return xstrdup(host->name_label);
}

/* How much the check has to say, at the top of the page. */
static void add_found(const struct report_data *d, struct str *html)
{
	size_t found = d->found.n, notes = d->notes.n;

	if (!found && !notes)
		return;
	str_addf(
		html, "<p class=\"%s\"><a href=\"#check\">The check</a>: ", found ? "bad" : "late");
	if (found)
		str_addf(html, "%zu problem%s%s", found, found == 1 ? "" : "s", notes ? ", " : "");
	if (notes)
		str_addf(html, "%zu note%s", notes, notes == 1 ? "" : "s");
	str_add(html, "</p>\n");
}

static int add_head(const struct report_data *d, struct str *html, struct vxe_error *err)
{
	_cleanup_free_ char *host = host_name(d->call, err), *now = human_time(clock_wall());
	_cleanup_free_ char *title = host ? xasprintf("vxe report of %s", host) : NULL;
	_cleanup_free_ char *bytes = human_size(d->space.bytes);
	_cleanup_free_ char *snapshots = xasprintf("%zu", d->tree.snapshots.n);
	_cleanup_free_ char *vms = xasprintf("%zu", d->rows.n);
	size_t running = 0;

	if (!host)
		return -1;
	for (size_t i = 0; i < d->rows.n; i++) {
		_cleanup_free_ char *state = report_value(d, &d->rows.items[i], REPORT_STATE);

		running += str_eq(state, "running");
	}
	_cleanup_free_ char *n_running = xasprintf("%zu", running);

	html_begin(html, title);
	html_add(html,
		"<header>\n<h1>$</h1>\n<p class=\"soft\">$, vxe " VXE_VERSION "</p>\n"
		"<p>$ VMs, $ running, $ snapshots, $ on the storage</p>\n",
		host, now, vms, n_running, snapshots, bytes, NULL);
	add_found(d, html);
	if (d->call->session->pool_size > 1)
		str_add(html,
			"<p class=\"late\">The VMs and schedules are those of all hosts. The sizes, "
			"the errors and the check are of this host alone: files of others count 0 "
			"B.</p>\n");
	str_add(html, "</header>\n<main>\n");
	return 0;
}

static void add_error_row(const struct log_line *l, struct str *html)
{
	_cleanup_free_ char *when = human_time(l->time);

	html_add(html,
		"<tr><td>$</td><td><code>$</code></td><td class=\"bad\">$</td><td "
		"class=\"least\">$</td></tr>\n",
		when, l->command, l->result, l->user, NULL);
}

static int add_errors(struct call *c, struct str *html, struct vxe_error *err)
{
	_cleanup_deed_log_ struct deed_log log = { 0 };
	size_t shown = 0;

	if (deed_log_read(c->session, NULL, clock_wall() - (int64_t)30 * DAY, &log, err) < 0)
		return -1;
	str_add(html,
		"<section>\n<h2>Errors of the last 30 days</h2>\n<div class=\"card wide\">\n");
	for (size_t i = log.n; i-- && !log.of_messages && shown < MOST_ERRORS;) {
		if (str_eq(log.items[i].result, "success"))
			continue;
		if (!shown++)
			str_add(html,
				"<table><tr><th>Time</th><th>Command</th><th>Error</th><th "
				"class=\"least\">User</th></tr>\n");
		add_error_row(&log.items[i], html);
	}
	str_add(html,
		shown ? "</table>\n"
			: log.of_messages
			? "<p>The journal cannot be read, or has no line of vxe.</p>\n"
			: "<p>No command failed.</p>\n");
	str_add(html, "</div>\n</section>\n");
	return 0;
}

static void add_check(const struct report_data *d, struct str *html)
{
	const struct findings *found = &d->found;

	str_add(html, "<section>\n<h2 id=\"check\">Check</h2>\n<div class=\"card wide\">\n");
	if (found->n)
		str_add(html, "<table><tr><th>Object</th><th>Problem</th></tr>\n");
	for (size_t i = 0; i < found->n; i++)
		html_add(html, "<tr><td><code>$</code></td><td>$</td></tr>\n",
			found->items[i].object, found->items[i].text, NULL);
	if (found->n)
		str_add(html, "</table>\n");
	for (size_t i = 0; i < d->notes.n; i++)
		html_add(html, "<p class=\"late\">$</p>\n", d->notes.items[i], NULL);
	if (!found->n && !d->notes.n)
		str_add(html, "<p class=\"good\">No problems found.</p>\n");
	str_add(html, "</div>\n</section>\n</main>\n");
}

/* ---- the command ----------------------------------------------------------------------------- */

static void print_page(struct call *c, const struct str *html)
{
	_cleanup_str_ struct str json = { 0 };

	if (c->render->format != RENDER_JSON) {
		render_line(c->render, html->data);
		return;
	}
	str_add(&json, "{");
	text_json_member(&json, "html", html->data);
	str_add(&json, "}");
	render_json(c->render, &json);
}

static int cmd_report(struct call *c, struct vxe_error *err)
{
	_cleanup_(report_data_clear) struct report_data d = { .call = c };
	_cleanup_filters_ struct filters selectors = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_str_ struct str html = { 0 };

	select_filters(c, &selectors);
	if (selectors.n || params_get(c->params, "vm")) {
		if (select_vms(c, SELECT_MANY, &vms, err) < 0)
			return -1;
		d.vms = &vms;
	} else if (call_session(c, err) < 0) {
		return -1;
	}
	if (read_all(c, &d, err) < 0 || add_head(&d, &html, err) < 0)
		return -1;
	report_vms(&d, &html);
	if (report_schedules(&d, &html, err) < 0 || add_errors(c, &html, err) < 0)
		return -1;
	add_check(&d, &html);
	html_end(&html);
	progress_hide(c->progress);
	print_page(c, &html);
	return 0;
}

const struct command report_commands[] = {
	{ "report", cmd_report, C_OURS | C_STANDARD | C_READS | C_SELECTS,
		"Print a page in HTML about VMs: their snapshots as trees, their space, the "
		"calendar of the schedules, the last errors, and what 'check' finds.",
		NO_PARAMS, .select = SELECT_MANY, PRINTS(PRINTS_PAGE) },
	{ 0 },
};
