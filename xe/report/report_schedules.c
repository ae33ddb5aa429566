/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "objects/base/clock.h"
#include "objects/classes/common/message_class.h"
#include "objects/classes/vm/vm.h"
#include "objects/schedule/runner_check.h"
#include "objects/schedule/schedule_facts.h"
#include "objects/schedule/schedule_messages.h"
#include "objects/schedule/schedule_week.h"
#include "xe/model/call.h"
#include "objects/model/human.h"
#include "xe/report/html.h"
#include "xe/report/report.h"

/* The calendar has a week of the past, with today as its last day, and a week of the future. */
enum { PAST = 7, DAYS = 14, MOST_RUNS = 7 * 24 * 4 };

/* What a schedule did on a day, or will do. */
struct day {
	size_t taken, failed, missed, runs, thinned;
};

struct calendar {
	int64_t begins[DAYS +
		1]; /* seconds since 1970 at which each day begins, and the last one ends */
	const struct vmss *schedule;
	struct day days[DAYS];
	int64_t next;	     /* when it runs next; 0: never */
	struct strv thinned; /* "web: nightly-1": snapshots that the next run deletes */
};

static void calendar_clear(struct calendar *c)
{
	strv_clear(&c->thinned);
}

static void set_days(struct calendar *c)
{
	time_t now = (time_t)clock_wall();
	struct tm today;

	localtime_r(&now, &today);
	for (int i = 0; i <= DAYS; i++) {
		struct tm day = { .tm_year = today.tm_year,
			.tm_mon = today.tm_mon,
			.tm_mday = today.tm_mday - PAST + 1 + i,
			.tm_isdst = -1 };

		c->begins[i] = (int64_t)mktime(&day);
	}
}

/* The day of a time; NULL: it is not in the calendar. */
static struct day *day_of(struct calendar *c, int64_t at)
{
	for (size_t i = 0; i < DAYS; i++)
		if (at >= c->begins[i] && at < c->begins[i + 1])
			return &c->days[i];
	return NULL;
}

/* ---- what has been ---------------------------------------------------------------------------- */

/* Counts the messages that say that the schedule, or its snapshot of a VM, failed or was missed. */
static void count_messages(struct calendar *c, const struct records *messages)
{
	for (size_t i = 0; i < messages->n; i++) {
		const struct message *m = messages->items[i];
		struct day *day = day_of(c, m->timestamp);

		if (!day || !strstr(m->body, c->schedule->r.uuid))
			continue;
		if (str_eq(m->name, SCHEDULE_FAILED) || str_eq(m->name, SCHEDULE_LOCK_FAILED))
			day->failed++;
		else if (str_eq(m->name, SCHEDULE_MISSED))
			day->missed++;
	}
}

/* Counts the schedule's snapshots of a VM that are still there, and notes those that its next run deletes. */
static int count_snapshots(
	struct calendar *c, struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_items_ struct schedule_items items = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *of = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (schedule_items(s, c->schedule, vm, c->next, &items, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, vm, &of, err) < 0)
		return -1;
	for (size_t i = 0; i < items.n; i++) {
		const struct schedule_item *item = &items.items[i];
		struct day *day = day_of(c, item->at);

		if (day)
			day->taken++;
		if (c->next && !item->stays && !item->needed)
			strv_take(&c->thinned,
				xasprintf("%s: %s", of ? of->name_label : vm, item->name));
	}
	return 0;
}

/* Counts the snapshots of the next days that the schedule itself deletes again; of one VM, as all are alike. */
static int count_thinned(
	struct calendar *c, struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_week_ struct schedule_week week = { 0 };

	if (schedule_week(s, c->schedule, vm, &week, err) < 0)
		return -1;
	for (size_t i = 0; i < week.n; i++) {
		struct day *day = day_of(c, week.runs[i].at);

		if (day && !week.runs[i].stays)
			day->thinned++;
	}
	return 0;
}

/* ---- one schedule ----------------------------------------------------------------------------- */

static int fill_calendar(struct calendar *c, struct session *s, const struct strv *vms,
	const struct records *messages, struct vxe_error *err)
{
	_cleanup_free_ int64_t *runs = xcalloc(MOST_RUNS, sizeof(*runs));
	size_t n = schedule_next_runs(s, c->schedule, runs, MOST_RUNS);

	c->next = n ? runs[0] : 0;

	for (size_t i = 0; i < n; i++) {
		struct day *day = day_of(c, runs[i]);

		if (day)
			day->runs++;
	}
	count_messages(c, messages);
	if (vms->n && count_thinned(c, s, vms->items[0], err) < 0)
		return -1;
	for (size_t i = 0; i < vms->n; i++)
		if (count_snapshots(c, s, vms->items[i], err) < 0)
			return -1;
	return 0;
}

static void add_count(size_t n, const char *what, const char *cls, struct str *html)
{
	if (n)
		str_addf(html, "<div class=\"%s\">%zu %s</div>", cls, n, what);
}

static void add_calendar_row(const struct calendar *c, struct str *html)
{
	html_add(html, "<tr><td>$$</td>", c->schedule->name_label,
		c->schedule->enabled ? "" : " (disabled)", NULL);
	for (size_t i = 0; i < DAYS; i++) {
		const struct day *day = &c->days[i];

		str_add(html, i + 1 == PAST ? "<td class=\"today\">" : "<td>");
		add_count(day->taken, "taken", "good", html);
		add_count(day->failed, "failed", "bad", html);
		add_count(day->missed, "missed", "late", html);
		add_count(day->runs, "due", "soft", html);
		add_count(day->thinned, "thinned", "soft", html);
		str_add(html, "</td>");
	}
	str_add(html, "</tr>\n");
}

static void add_days(const struct calendar *c, struct str *html)
{
	str_add(html, "<tr><th>Schedule</th>");
	for (size_t i = 0; i < DAYS; i++) {
		time_t at = (time_t)c->begins[i];
		char text[32];
		struct tm day;

		localtime_r(&at, &day);
		strftime(text, sizeof(text), "%m-%d", &day);
		html_add(html, i + 1 == PAST ? "<th class=\"today\">$</th>" : "<th>$</th>",
			i + 1 == PAST ? "today" : text, NULL);
	}
	str_add(html, "</tr>\n");
}

/* Adds what the calendar of the schedule has no room for, below it. */
static void add_words(struct session *s, const struct calendar *c, size_t n_vms, struct str *words)
{
	_cleanup_free_ char *vms = xasprintf("%zu VM%s", n_vms, n_vms == 1 ? "" : "s");

	_cleanup_free_ char *next = human_time(c->next);

	html_add(words, "<p><b>$</b>, for $, runs next: $", c->schedule->name_label, vms, next,
		NULL);
	if (c->schedule->enabled && !schedule_is_run(s))
		str_add(words, ", <span class=\"bad\">but nothing runs it</span>");
	if (*c->schedule->last_error)
		html_add(words, ", <span class=\"bad\">last error: $</span>",
			c->schedule->last_error, NULL);
	if (c->thinned.n) {
		_cleanup_free_ char *names = strv_join(&c->thinned, ", ");

		html_add(words, ", the next run deletes $", names, NULL);
	}
	str_add(words, "</p>\n");
}

/* True if the page is about one of the VMs. */
static bool is_about(const struct report_data *d, const struct strv *members)
{
	for (size_t i = 0; d->vms && i < members->n; i++)
		if (strv_has(d->vms, members->items[i]))
			return true;
	return !d->vms;
}

static int add_schedule(const struct report_data *d, const struct vmss *v,
	const struct records *messages, struct str *rows, struct str *words, struct vxe_error *err)
{
	_cleanup_(calendar_clear) struct calendar c = { .schedule = v };
	_cleanup_strv_ struct strv members = { 0 };

	set_days(&c);
	if (schedule_members(d->call->session, v, &members, err) < 0)
		return -1;
	if (!is_about(d, &members))
		return 0;
	if (fill_calendar(&c, d->call->session, &members, messages, err) < 0)
		return -1;
	if (!rows->len)
		add_days(&c, rows);
	add_calendar_row(&c, rows);
	add_words(d->call->session, &c, members.n, words);
	return 0;
}

int report_schedules(const struct report_data *d, struct str *html, struct vxe_error *err)
{
	_cleanup_records_ struct records schedules = { 0 }, messages = { 0 };
	_cleanup_str_ struct str rows = { 0 }, words = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(d->call->session->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vmss_class, NULL, NULL, &schedules, err) < 0 ||
		records_load(t, &message_class, NULL, NULL, &messages, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	for (size_t i = 0; i < schedules.n; i++)
		if (add_schedule(d, schedules.items[i], &messages, &rows, &words, err) < 0)
			return -1;
	str_add(html, "<section>\n<h2>Schedules</h2>\n<div class=\"card\">\n");
	if (rows.len) {
		str_add(html, "<div class=\"wide\"><table class=\"days\">\n");
		str_add(html, rows.data);
		str_add(html, "</table></div>\n");
		str_add(html, words.data);
	} else {
		str_add(html, "<p>There is no schedule.</p>\n");
	}
	str_add(html, "</div>\n</section>\n");
	return 0;
}
