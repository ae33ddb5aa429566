/* SPDX-License-Identifier: MIT */
/* The command log: shows who did what. */
#include "objects/base/clock.h"
#include "objects/audit/audit_log.h"
#include "objects/classes/host/host_machine.h"
#include "xe/model/call.h"
#include "xe/model/command.h"

static const struct column log_columns[] = { { "time", CELL_TIME }, { "command", CELL_TEXT },
	{ "objects", CELL_LINES }, { "person", CELL_TEXT }, { "user", CELL_TEXT },
	{ "uid", CELL_TEXT }, { "sudo-user", CELL_TEXT }, { "login-uid", CELL_TEXT },
	{ "duration-ms", CELL_TEXT }, { "result", CELL_TEXT }, { 0 } };
enum { N = ARRAY_LEN(log_columns) - 1 };

static void line_cells(const struct log_line *l, struct strv *texts, const char *cells[N])
{
	char time[CLOCK_TEXT_LEN + 1];
	size_t at = texts->n;

	clock_format(l->time, time);
	strv_add(texts, time);
	strv_take(texts, strv_join(&l->objects, "\n"));
	const char *const all[N] = { texts->items[at], l->command, texts->items[at + 1], l->person,
		l->user, l->uid, l->sudo, l->login, l->ms, l->result };

	for (size_t i = 0; i < N; i++)
		cells[i] = all[i];
}

static int cmd_log(struct call *c, struct vxe_error *err)
{
	_cleanup_deed_log_ struct deed_log log = { 0 };
	_cleanup_free_ const char **cells = NULL;
	_cleanup_strv_ struct strv texts = { 0 };

	if (call_session(c, err) < 0 ||
		deed_log_read(c->session, call_get(c, "vm"), call_value(c, "since", 0), &log, err) <
			0)
		return -1;
	progress_hide(c->progress);
	if (log.of_messages)
		session_notice(c->session,
			"The journal cannot be read or has no line of vxe: "
			"these are the messages.");
	else if (c->session->pool_size > 1)
		session_notice(c->session, "This is the journal of %s; each host has its own.",
			host_facts(c->session->here)->hostname);
	cells = xcalloc(log.n * N + 1, sizeof(*cells));
	for (size_t i = 0; i < log.n; i++)
		line_cells(&log.items[i], &texts, cells + i * N);
	render_cells(c->render, log_columns, cells, log.n);
	return 0;
}

static const struct param_kind any_vm = { "vm", PARAM_TEXT,
	.meaning = "Only of the VM of this UUID or name, which may be gone by now; or of another "
		   "object.",
	.absent = "all" };

const struct command log_commands[] = {
	{ "log", cmd_log, C_OURS | C_STANDARD | C_READS,
		"List who did what: the commands that changed something, from the journal; where "
		"it cannot be read, the messages.",
		PARAMS({ "vm", P_OURS }, { "since", P_OURS }), KINDS(&any_vm),
		PRINTS(PRINTS_CELLS, .columns = log_columns) },
	{ 0 },
};
