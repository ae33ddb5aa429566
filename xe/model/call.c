/* SPDX-License-Identifier: MIT */
/* The session and the configuration of one run of a command; each is made when it is first needed. */
#include "xe/model/call.h"

#include <assert.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/base/escape.h"
#include "objects/model/human.h"
#include "objects/audit/audit_line.h"
#include "objects/start/session_open.h"
#include "objects/queries/object_labels.h"
#include "objects/disks/disks.h"
#include "xe/model/call_home.h"
#include "xe/output/terminal_text.h"

#define SIGNAL_STATUS 128

void run_clear(struct run *r)
{
	if (r->borrowed) {
		r->borrowed->ui = (struct session_ui){ 0 };
		session_wish(r->borrowed, NULL);
	}
	if (r->opened)
		users_settle(r->opened);
	session_close(r->opened);
	hv_preload_end();
	watch_stop();
	environment_clear(&r->env);
	free(r->call.result);
	strv_clear(&r->call.plan);
	homes_clear(&r->call.homes);
	render_clear(&r->render);
	progress_clear(&r->progress);
}

void call_remark(struct call *c, const char *text)
{
	if (c->report->quiet)
		return;
	progress_hide(c->progress);
	io_error_line(c->render->io, text);
}

static void show_notice(void *ctx, const char *text)
{
	struct call *c = ctx;

	if (c->notes)
		strv_add(c->notes, text);
	call_remark(ctx, text);
}

/* Tells the user what the command is waiting for, if the error stream is a terminal; xe waits silently. */
static void show_waiting(void *ctx, const char *text)
{
	struct call *c = ctx;

	if (c->render->io->error_is_terminal)
		show_notice(ctx, text);
}

static void show_call_progress(void *ctx, int64_t done, int64_t total)
{
	struct call *c = ctx;

	progress_show(c->progress, done, total);
}

static void show_awaits(void *ctx, const char *what, int64_t ms, int64_t limit_ms)
{
	struct call *c = ctx;

	progress_wait(c->progress, what, ms, limit_ms);
}

static void show_counts(void *ctx, const char *what, size_t done, size_t total)
{
	struct call *c = ctx;

	progress_count(c->progress, what, done, total);
}

static void add_json_text(struct str *json, const char *name, const char *text)
{
	if (text)
		text_json_member(json, name, text);
}

/* The word of a line before its colon: "merge"; "delete" for an object, "note" for a line without such a word. Owned. */
static char *action_of(const struct planned *line)
{
	size_t n = strspn(line->text, "abcdefghijklmnopqrstuvwxyz ");

	return line->class		    ? xstrdup("delete")
		: *line->text == ' '	    ? xstrdup("field")
		: n && line->text[n] == ':' ? xstrndup(line->text, n)
					    : xstrdup("note");
}

static char *planned_json(const struct planned *line)
{
	_cleanup_free_ char *action = action_of(line);
	struct str json = { 0 };

	str_add(&json, "{");
	text_json_member(&json, "action", action);
	add_json_text(&json, "file", line->file);
	if (line->bytes >= 0)
		str_addf(&json, ",\"bytes\":%lld", (long long)line->bytes);
	add_json_text(&json, "vm", line->vm);
	add_json_text(&json, "class", line->class);
	add_json_text(&json, "uuid", line->uuid);
	add_json_text(&json, "name-label", line->name);
	if (line->copied)
		str_addf(&json, ",\"copied\":%lld", (long long)line->copied);
	if (line->freed)
		str_addf(&json, ",\"freed\":%lld", (long long)line->freed);
	add_json_text(&json, "text", line->text);
	add_json_text(&json, "brief", line->detail ? NULL : line->brief ? line->brief : line->text);
	str_add(&json, "}");
	return str_steal(&json);
}

/* The text of a line of a plan that is printed; NULL: none, because --verbose is not given. */
static const char *plan_text(const struct call *c, const struct planned *line)
{
	bool whole = c->render->verbose || !line->brief || c->as_xe;

	return line->detail && !c->render->verbose ? NULL : whole ? line->text : line->brief;
}

void call_plan(struct call *c, const struct planned *line)
{
	const char *text = plan_text(c, line);

	c->planned.n++;
	c->planned.copied += line->copied;
	c->planned.freed += line->freed;
	c->planned.n_sums += line->copied || line->freed;
	if (c->render->format == RENDER_JSON)
		strv_take(&c->plan, planned_json(line));
	else if (text)
		strv_add(&c->plan, text);
}

void call_plan_clear(struct call *c)
{
	strv_clear(&c->plan);
	c->planned.n = 0;
}

char *call_plan_sum(const struct call *c)
{
	_cleanup_free_ char *copied = human_size(c->planned.copied),
			    *freed = human_size(c->planned.freed);

	return c->planned.n_sums < 2 ? NULL
		: !c->planned.freed  ? xasprintf("in all: %s copied", copied)
		: !c->planned.copied ? xasprintf("in all: %s freed", freed)
				     : xasprintf("in all: %s copied, %s freed", copied, freed);
}

void call_print_plan(struct call *c)
{
	_cleanup_free_ char *objects = strv_join(&c->plan, ","), *sum = call_plan_sum(c);
	struct str json = { 0 };

	if (c->render->format != RENDER_JSON) {
		if (sum)
			strv_add(&c->plan, sum);
		if (!c->plan.n)
			strv_add(&c->plan, "only vxe's own records change; --verbose shows them");
		render_list(c->render, &c->plan);
		return;
	}
	str_addf(&json, "[%s]", objects);
	render_json(c->render, &json);
}

static void keep_planned(void *ctx, const struct planned *line)
{
	call_plan(ctx, line);
}

static bool is_cancelled(void *ctx)
{
	struct call *c = ctx;

	return c->cancelled && c->cancelled(ctx);
}

int call_signal_status(const struct call *c)
{
	int number = c->ended_by ? c->ended_by() : 0;

	return number && !c->as_xe ? SIGNAL_STATUS + number : 0;
}

int call_failed_status(const struct call *c, const struct vxe_error *err)
{
	int status = err->code == TASK_CANCELLED ? call_signal_status(c) : 0;

	return status ? status : report_status(err, c->as_xe);
}

static void leave_with(const struct run *r, int status)
{
	if (r->program->leave)
		r->program->leave(status);
	_exit(status);
}

/*
 * Ends the process while a call into libvirt does not return; runs in the thread that watches the call. Prints nothing
 * of the results so far, and looks up no names. An operation that has begun can still be undone: its record of recovery
 * in the store (the intent) is complete.
 */
static void leave_call(void *ctx, const char *call, const char *about, int64_t ms, bool asked)
{
	struct run *r = ctx;
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *seconds = xasprintf("%.1f", (double)ms / 1000);
	const atomic_int past = 1;
	struct report report = r->report;
	const char *uri =
		str_starts(call, WATCH_OTHER) ? call + strlen(WATCH_OTHER) : r->env.config.connect;

	/* closing the connection to libvirt comes last: everything has been printed */
	if (str_eq(call, "close")) {
		leave_with(r, r->call.status);
		return;
	}
	if (asked)
		vxe_fail(&err, TASK_CANCELLED, r->call.command ? r->call.command->name : "");
	else if (about)
		vxe_fail(&err, VXE_GUEST_SILENT, about, call, seconds);
	else
		vxe_fail(&err, VXE_HYPERVISOR_SILENT, uri, call, seconds);
	report.ctx = NULL;
	if (str_eq(call,
		    WATCH_PAST)) /* nobody shall run the command again because it was cancelled */
		report.begun = &past;
	call_tell(&r->call, err.code);
	progress_hide(&r->progress);
	report_error(&report, &err);
	leave_with(r, call_failed_status(&r->call, &err));
}

/* Called in the thread that watches the call, while the main thread waits for a file. */
static void show_silent(void *ctx, const char *folder)
{
	struct run *r = ctx;
	_cleanup_free_ char *name = shown(folder, SHOWN_PATH);
	_cleanup_free_ char *text =
		xasprintf("waiting for %s: its file system does not answer", name);

	call_remark(&r->call, text);
}

int call_environment(struct call *c, const struct session_config **ret, struct vxe_error *err)
{
	struct run *r = (struct run *)c;

	*ret = c->config;
	if (c->config)
		return 0;
	if (environment_load(&r->env, settings_of(r->program), geteuid() == 0, err) < 0)
		return -1;
	r->env.config.caller = r->program->caller;
	*ret = c->config = &r->env.config;
	r->watch = (struct watch){ .asked = is_cancelled,
		.leave = leave_call,
		.silent = show_silent,
		.ctx = r,
		.limit_ms = r->env.config.libvirt_timeout_ms };
	watch_start(&r->watch);
	return 0;
}

void call_asks_libvirt(struct call *c)
{
	_cleanup_error_ struct vxe_error later = { 0 };
	const struct session_config *config;

	if (!c->session && !((struct run *)c)->borrowed &&
		call_environment(c, &config, &later) == 0 && !config->hypervisor)
		hv_preload();
}

static int open_session(struct run *r, struct vxe_error *err)
{
	const struct session_config *config;

	if (call_environment(&r->call, &config, err) < 0)
		return -1;
	struct session_config own = *config;

	own.reconcile = r->call.command->flags & C_DECIDES;
	return session_open(&r->opened, &own, err);
}

/*
 * Remembers the objects that parameters of the command name, for the line in the journal: of all values only UUIDs of
 * objects may appear there.
 */
static void note_named(struct call *c)
{
	if (c->command->flags & C_READS)
		return;
	for (size_t i = 0; i < c->params->n; i++) {
		const struct word *given = &c->params->items[i];
		const struct param *p = command_param(c->command, given->key, c->as_xe);
		const struct param_kind *kind = p ? param_kind(c->command, p) : NULL;

		if (kind && (kind->type == PARAM_UUID || kind->type == PARAM_OBJECT))
			deed_note(c->session, given->value);
	}
}

void call_note(struct call *c, const struct strv *uuids)
{
	for (size_t i = 0; !(c->command->flags & C_READS) && i < uuids->n; i++)
		deed_note(c->session, uuids->items[i]);
}

void call_tell(struct call *c, enum vxe_code code)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct session *s = c->session;
	const struct session_config *config = s ? &s->config : NULL;

	if (!c->began || (c->command->flags & C_READS && !(s && s->reports.acted)) ||
		call_flag(c, "dry-run", false) ||
		(!config && call_environment(c, &config, &ignored) < 0))
		return;
	if (s && c->result)
		deed_note(s, c->result);
	if (code == VXE_OK)
		code = c->failed;
	if (c->forget_words)
		c->forget_words();
	deed_tell(config,
		&(const struct deed){ .command = c->command->name,
			.result = code != VXE_OK ? code_info(code)->name
				: c->status	 ? "failed"
						 : DEED_SUCCESS,
			.ms = clock_ms() - c->began,
			.objects = s ? &s->reports.deeds : NULL });
	c->began = 0;
}

int call_session(struct call *c, struct vxe_error *err)
{
	_cleanup_view_ struct store *view = NULL;
	struct run *r = (struct run *)c;

	if (!c->session) {
		if (!r->borrowed && open_session(r, err) < 0)
			return -1;
		c->session = r->borrowed ? r->borrowed : r->opened;
		view = c->session->store;
		store_view(view, true);
		call_home_foresee(c);
		c->session->ui = (struct session_ui){ .notice = show_notice,
			.waiting = show_waiting,
			.progress = show_call_progress,
			.awaits = show_awaits,
			.counts = show_counts,
			.cancelled = is_cancelled,
			.planned = keep_planned,
			.ctx = c };
		c->report->ctx = c->session;
		c->report->begun = &c->session->reports.begun;
		c->session->reports.begun = 0;
		/*
		 * As `xe` every command accepts force=. A bad value counts as false here; commands that use force=
		 * refuse it themselves.
		 */
		_cleanup_error_ struct vxe_error ignored = { 0 };

		c->wishes = (struct wishes){ .as_xe = c->as_xe,
			.dry_run = !c->as_xe && call_flag(c, "dry-run", false),
			.ignore_firmware = call_flag(c, "ignore-firmware", false) };
		if ((c->as_xe || command_owns(c->command, "force", false)) &&
			params_flag(c->params, "force", &c->wishes.force, &ignored) < 0)
			c->wishes.force = false;
		session_wish(c->session, &c->wishes);
		strv_clear(&c->session->reports.deeds);
		c->session->reports.acted = false;
		note_named(c);
	}
	/* once the parameters have their UUIDs */
	return c->began && !c->homes.known ? call_home_named(c, err) : 0;
}

/*
 * True if the command declares the parameter @key. A command has to declare all parameters for which its handler asks:
 * help, completion, docs and words_check() rely on that. Test builds abort if a declaration is missing; for a user the
 * parameter is then an unknown word, which is refused.
 */
static bool is_declared(const struct call *c, const char *key)
{
	return command_owns(c->command, key, false) || command_owns(c->command, key, true);
}

const char *call_get(const struct call *c, const char *key)
{
	assert(!VXE_FAILPOINTS || is_declared(c, key));
	return command_owns(c->command, key, c->as_xe) ? params_get(c->params, key) : NULL;
}

const char *call_find(const struct call *c, const char *key)
{
	return command_owns(c->command, key, c->as_xe) ? call_get(c, key) : NULL;
}

void call_map(const struct call *c, const char *name, struct map *ret)
{
	_cleanup_free_ char *map = xasprintf("%s:", name);

	assert(!VXE_FAILPOINTS || is_declared(c, map));
	params_map(c->params, name, ret);
}

bool call_flag(const struct call *c, const char *key, bool otherwise)
{
	_cleanup_error_ struct vxe_error checked = { 0 };

	if (command_owns(c->command, key, c->as_xe) &&
		params_flag(c->params, key, &otherwise, &checked) < 0)
		return false;
	return otherwise;
}

int64_t call_size(const struct call *c, const char *key, int64_t otherwise)
{
	_cleanup_error_ struct vxe_error checked = { 0 };

	if (call_get(c, key) && params_size(c->params, key, &otherwise, &checked) < 0)
		return 0;
	return otherwise;
}

int64_t call_value(const struct call *c, const char *key, int64_t otherwise)
{
	const struct param *p = command_param(c->command, key, c->as_xe);
	const char *text = call_get(c, key);

	return p && text ? param_value(param_kind(c->command, p), text) : otherwise;
}

void call_names(struct call *c, const char *uuid)
{
	_cleanup_free_ char *name = NULL;

	if (!c->progress->detail || !c->render->io->error_is_terminal)
		return;
	name = naming_object(c->session, uuid, NULL);
	progress_name(c->progress, c->command->name, name);
}

int call_act(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct command *cmd = c->command;

	call_names(c, uuid);
	int r = cmd->act ? cmd->act(c->session, uuid, err) : cmd->one(c, uuid, err);

	if (r < 0)
		error_about(err, uuid);
	return r;
}

int on_uuid(struct call *c, struct vxe_error *err)
{
	return call_session(c, err) < 0 ? -1 : call_act(c, call_get(c, "uuid"), err);
}

void call_print_made(struct call *c, const struct strv *uuids)
{
	progress_hide(c->progress);
	for (size_t i = 0; c->render->format == RENDER_JSON && i < uuids->n; i++) {
		struct str json = { 0 };

		str_add(&json, "{");
		text_json_member(&json, "uuid", uuids->items[i]);
		str_add(&json, "}");
		render_json(c->render, &json);
	}
	if (c->render->format != RENDER_JSON)
		render_list(c->render, uuids);
}

void call_print_result(struct call *c)
{
	_cleanup_strv_ struct strv one = { 0 };

	strv_add(&one, c->result);
	if (c->command->prints.what & (PRINTS_UUID | PRINTS_UUIDS))
		call_print_made(c, &one);
	else
		call_print(c, c->result);
}

void call_print(struct call *c, const char *text)
{
	_cleanup_strv_ struct strv one = { 0 };

	progress_hide(c->progress);
	strv_add(&one, text);
	render_list(c->render, &one);
}
