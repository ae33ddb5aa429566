/* SPDX-License-Identifier: MIT */
/* Runs statements on a connection. The messages of libpq and of the server name hosts and users, never a password. */
#include "store/postgresql/pg_conn.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "objects/base/log.h"
#include "store/store_engine.h"

/* Sessions of older servers have no idle_session_timeout, which would have to be known to be off. */
#define OLDEST_SERVER 140000

/* libpq's messages have several lines and end with a line end. Owned. */
static char *one_line(const char *text)
{
	_cleanup_strv_ struct strv words = { 0 };
	struct str line = { 0 };

	strv_split(&words, text, '\n');
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.items[i] + strspn(words.items[i], " \t");

		str_addf(&line, "%s%s", *word && line.len ? "; " : "", word);
	}
	return str_steal(&line);
}

static void ignore_notice(void *ctx, const PGresult *result)
{
	(void)ctx, (void)result;
}

static int check_server(const struct pg_conn *c, struct vxe_error *err)
{
	const char *encoding = PQparameterStatus(c->pg, "server_encoding");

	if (PQserverVersion(c->pg) < OLDEST_SERVER)
		return store_fail(c->where, err, "its PostgreSQL is older than version 14");
	if (!str_eq(encoding, "UTF8"))
		return store_fail(c->where, err, "the encoding of the database is %s, not UTF8",
			encoding ? encoding : "unknown");
	return 0;
}

int pg_connect(struct pg_conn **ret, const struct pg_params *params, const char *where,
	struct vxe_error *err)
{
	_cleanup_(pg_close_cleanup) struct pg_conn *c = xcalloc(1, sizeof(*c));

	c->where = where;
	log_debug("store: connect to %s", where);
	c->pg = PQconnectdbParams((const char *const *)params->keywords.items,
		(const char *const *)params->values.items, 0);
	if (PQstatus(c->pg) != CONNECTION_OK) {
		_cleanup_free_ char *why = one_line(PQerrorMessage(c->pg));

		if (params->answered)
			*params->answered =
				PQpingParams((const char *const *)params->keywords.items,
					(const char *const *)params->values.items,
					0) != PQPING_NO_RESPONSE;
		return store_fail(where, err, "%s", why);
	}
	if (params->answered)
		*params->answered = 1;
	c->pid = PQbackendPID(c->pg);
	PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
	if (check_server(c, err) < 0)
		return -1;
	*ret = TAKE(c);
	return 0;
}

void pg_close(struct pg_conn *c)
{
	if (!c)
		return;
	PQfinish(c->pg);
	for (size_t i = 0; i < c->n_asked; i++)
		free(c->asked[i].sql);
	free(c->asked);
	free(c);
}

bool pg_is_lost(const struct pg_conn *c)
{
	return PQstatus(c->pg) != CONNECTION_OK;
}

bool pg_has_ended(const struct pg_conn *c)
{
	struct pollfd words = { PQsocket(c->pg), POLLIN, 0 };

	/* The server's last words, then the end. */
	while (!pg_is_lost(c) && poll(&words, 1, 0) > 0)
		if (!PQconsumeInput(c->pg))
			break;
	return pg_is_lost(c);
}

bool pg_may_repeat(const struct pg_conn *c)
{
	return pg_is_lost(c) || str_eq(c->state, "40001") || str_eq(c->state, "40P01");
}

/* Class 57P is a server that shuts down, 08 a connection that is no longer good. */
static bool is_end_of_session(const char *state)
{
	return str_starts(state, "57P") || str_starts(state, "08");
}

static int pg_fail(struct pg_conn *c, const PGresult *result, struct vxe_error *err)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	_cleanup_free_ char *line = one_line(text ? text : PQerrorMessage(c->pg));

	snprintf(c->state, sizeof(c->state), "%s", state ? state : "");
	/* The server has said that it ends the session; libpq finds it closed at the next look. */
	if (is_end_of_session(c->state) && !pg_is_lost(c))
		PQclear(PQexec(c->pg, ""));
	if (pg_is_lost(c))
		return vxe_fail(err, VXE_STORE_LOST, c->where, line);
	return store_fail(c->where, err, "%s%s",
		str_eq(c->state, "53100") ? "no space on the server: " : "", line);
}

int pg_check(struct pg_conn *c, PGresult *result, PGresult **ret, struct vxe_error *err)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK &&
		status != PGRES_EMPTY_QUERY) {
		int rc = pg_fail(c, result, err);

		PQclear(result);
		return rc;
	}
	if (ret)
		*ret = result;
	else
		PQclear(result);
	return 0;
}

/* ---- messages -------------------------------------------------------------------------------- */

/*
 * Statements go in libpq's pipeline mode, so that those of one message, and what was posted or told before, whose answers nobody has
 * waited for, cost one wait for the server.
 */

/*
 * Takes the answers up to the end of a message: @n, a NULL behind each, of which the last @kept go to @ret. Returns the last before
 * those, or the first that is a failure; NULL: lost.
 */
static PGresult *take_answers(struct pg_conn *c, size_t n, PGresult **ret, size_t kept)
{
	PGresult *answer = NULL;
	bool failed = false;
	size_t ends = 0;

	while (ends < n && !pg_is_lost(c)) {
		PGresult *next = PQgetResult(c->pg);

		if (!next) {
			ends++;
			continue;
		}
		if (failed) { /* what came behind it was skipped */
			PQclear(next);
			continue;
		}
		failed = PQresultStatus(next) == PGRES_FATAL_ERROR;
		if (!failed && ends >= n - kept) {
			PQclear(ret[ends - (n - kept)]);
			ret[ends - (n - kept)] = next;
			continue;
		}
		PQclear(answer);
		answer = next;
	}
	PQclear(pg_is_lost(c) ? NULL : PQgetResult(c->pg)); /* that of PQpipelineSync() */
	if (ends < n &&
		!failed) /* lost: what came before says nothing of the rest, a COMMIT, say */
		PQclear(TAKE(answer));
	return answer;
}

static bool message_begin(struct pg_conn *c)
{
	if (!c->n_unread && !c->posted)
		pg_drain(c);
	return c->n_unread || c->posted || PQenterPipelineMode(c->pg);
}

static void take_unread(struct pg_conn *c)
{
	for (size_t i = 0; i < c->n_unread; i++)
		PQclear(take_answers(c, c->unread[i], NULL, 0));
	c->n_unread = 0;
	c->rolls_back = false;
}

/* What was prepared in a message that has failed, or of which nobody knows, is prepared again by another name. */
static void forget_names(struct pg_conn *c)
{
	for (size_t i = 0; i < c->n_asked; i++)
		if (c->asked[i].name > c->names_kept)
			c->asked[i].name = 0;
}

/* The answer to the message of @n statements, as take_answers() has it. */
static PGresult *message_end(struct pg_conn *c, size_t n, PGresult **ret, size_t kept)
{
	PGresult *answer = NULL;

	if (PQpipelineSync(c->pg)) {
		take_unread(c);
		answer = take_answers(c, c->posted + n, ret, kept);
	}
	if (answer ? PQresultStatus(answer) == PGRES_FATAL_ERROR : !kept)
		forget_names(c);
	c->names_kept = c->n_names;
	c->posted = 0;
	(void)PQexitPipelineMode(c->pg);
	return answer;
}

/* Ends a message of @n statements whose answers are taken before those of the next one. */
static void message_leave(struct pg_conn *c, size_t n)
{
	if (c->posted)
		forget_names(c);
	if (!PQpipelineSync(c->pg))
		return;
	c->unread[c->n_unread++] = c->posted + n;
	c->posted = 0;
	if (c->n_unread == ARRAY_LEN(c->unread))
		pg_drain(c);
}

static bool send(struct pg_conn *c, const char *sql, const char *const *value)
{
	return PQsendQueryParams(c->pg, sql, value ? 1 : 0, NULL, value, NULL, NULL, 0);
}

static PGresult *run_all(struct pg_conn *c, const struct strv *statements,
	const struct pg_question *questions, size_t n_questions, PGresult **answers)
{
	bool sent = message_begin(c);
	size_t n = 0;

	for (size_t i = 0; i < statements->n && sent; i++) {
		if (i && !*statements->items[i]) /* behind the last ';' */
			continue;
		sent = send(c, statements->items[i], NULL);
		n++;
	}
	for (size_t i = 0; i < n_questions && sent; i++, n++)
		sent = send(c, questions[i].sql, questions[i].value ? &questions[i].value : NULL);
	return sent ? message_end(c, n, answers, n_questions) : NULL;
}

int pg_run_ahead(struct pg_conn *c, const char *sql, const struct pg_question *questions, size_t n,
	PGresult **answers, PGresult **ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv statements = { 0 };

	if (sql)
		strv_split(&statements, sql, ';');
	if (sql && !statements.n)
		strv_add(&statements, sql);
	PGresult *answer = run_all(c, &statements, questions, n, answers);

	return !sql && !answer && answers[n - 1] ? 0 : pg_check(c, answer, ret, err);
}

int pg_run(struct pg_conn *c, const char *sql, PGresult **ret, struct vxe_error *err)
{
	return pg_run_ahead(c, sql, NULL, 0, NULL, ret, err);
}

static struct pg_statement *statement_of(struct pg_conn *c, const char *sql, bool *again)
{
	size_t i = 0;

	while (i < c->n_asked && !str_eq(c->asked[i].sql, sql))
		i++;
	*again = i < c->n_asked;
	if (!*again) {
		c->asked = xrealloc(c->asked, c->n_asked + 1, sizeof(*c->asked));
		c->asked[c->n_asked++] = (struct pg_statement){ xstrdup(sql), 0 };
	}
	return &c->asked[i];
}

/*
 * A statement that comes again is prepared at its second time: to plan one takes the server longer than to run it, and
 * to keep one that does not come again would be in vain. Returns how many answers there will be; 0: the connection is lost.
 */
static size_t send_statement(
	struct pg_conn *c, const char *sql, size_t n, const char *const *values)
{
	bool again;
	struct pg_statement *s = statement_of(c, sql, &again);
	const bool prepares = again && !s->name;
	char name[32];

	if (!again)
		return PQsendQueryParams(c->pg, sql, (int)n, NULL, values, NULL, NULL, 0) ? 1 : 0;
	if (prepares)
		s->name = ++c->n_names;
	snprintf(name, sizeof(name), "s%u", s->name);
	if ((prepares && !PQsendPrepare(c->pg, name, sql, (int)n, NULL)) ||
		!PQsendQueryPrepared(c->pg, name, (int)n, values, NULL, NULL, 0))
		return 0;
	return prepares ? 2 : 1;
}

int pg_ask(struct pg_conn *c, const char *sql, size_t n, const char *const *values, PGresult **ret,
	struct vxe_error *err)
{
	size_t sent = message_begin(c) ? send_statement(c, sql, n, values) : 0;

	return pg_check(c, sent ? message_end(c, sent, NULL, 0) : NULL, ret, err);
}

/* So many that their answers, which nobody reads meanwhile, are surely in the buffers of the connection. */
#define POSTED_MAX 64

int pg_post(struct pg_conn *c, const char *sql, size_t n, const char *const *values,
	struct vxe_error *err)
{
	if (c->posted >= POSTED_MAX && pg_run(c, "", NULL, err) < 0)
		return -1;
	size_t sent = message_begin(c) ? send_statement(c, sql, n, values) : 0;

	if (!sent)
		return pg_check(c, NULL, NULL, err);
	c->posted += sent;
	(void)PQflush(c->pg);
	return 0;
}

void pg_tell(struct pg_conn *c, const char *sql, const char *value)
{
	if (message_begin(c) && send(c, sql, value ? &value : NULL))
		message_leave(c, 1);
}

void pg_drain(struct pg_conn *c)
{
	PGresult *result;

	if (c->posted)
		message_leave(c, 0);
	take_unread(c);
	(void)PQexitPipelineMode(c->pg);
	while ((result = PQgetResult(c->pg)))
		PQclear(result);
}

/* Waits until there is an answer. Returns 1 if a signal handler ran meanwhile. */
static int wait_for_answer(struct pg_conn *c)
{
	while (PQisBusy(c->pg)) {
		struct pollfd answer = { PQsocket(c->pg), POLLIN, 0 };

		if (poll(&answer, 1, -1) < 0 && errno == EINTR)
			return 1;
		if (!PQconsumeInput(c->pg))
			return 0;
	}
	return 0;
}

static void pg_cancel(struct pg_conn *c)
{
	PGcancel *cancel = PQgetCancel(c->pg);
	char why[256];

	(void)PQcancel(cancel, why, sizeof(why));
	PQfreeCancel(cancel);
}

int pg_wait(struct pg_conn *c, const char *sql, size_t n, const char *const *values, PGresult **ret,
	struct vxe_error *err)
{
	pg_drain(c);
	if (!PQsendQueryParams(c->pg, sql, (int)n, NULL, values, NULL, NULL, 0))
		return pg_fail(c, NULL, err);
	bool interrupted = wait_for_answer(c) > 0;

	if (interrupted)
		pg_cancel(c);
	PGresult *result = PQgetResult(c->pg);

	pg_drain(c);
	if (interrupted && result && PQresultStatus(result) == PGRES_FATAL_ERROR &&
		!pg_is_lost(c)) {
		PQclear(result);
		*ret = NULL;
		return 1;
	}
	return pg_check(c, result, ret, err);
}

void pg_rollback(struct pg_conn *c)
{
	if (c->rolls_back || (!c->posted && PQtransactionStatus(c->pg) == PQTRANS_IDLE))
		return;
	if (c->posted)
		message_leave(c, 0);
	pg_tell(c, "ROLLBACK", NULL);
	c->rolls_back = c->n_unread > 0;
}
