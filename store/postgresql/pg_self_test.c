/* SPDX-License-Identifier: MIT */
#include "store/postgresql/pg_self_test.h"

#include <poll.h>
#include <stdlib.h>

#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "store/store_engine.h"

#define NOTICE_MS 5000

static int try_lock(struct pg_conn *c, const char *key, bool *ret, struct vxe_error *err)
{
	_cleanup_result_ PGresult *result = NULL;

	if (pg_ask(c, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", 1,
		    (const char *const[]){ key }, &result, err) < 0)
		return -1;
	*ret = str_eq(pg_value(result, 0, 0), "t");
	return 0;
}

static int test_locks(
	struct pg_conn *c, struct pg_conn *other, const char *key, struct vxe_error *err)
{
	bool mine = false, others = false;

	if (try_lock(c, key, &mine, err) < 0 || try_lock(other, key, &others, err) < 0 ||
		pg_ask(c, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", 1,
			(const char *const[]){ key }, NULL, err) < 0)
		return -1;
	if (mine && !others)
		return 0;
	return store_fail(c->where, err,
		"its advisory locks exclude nobody: it is no PostgreSQL, or there is a pooler "
		"before it that gives sessions to several clients");
}

/* Waits for the notification with this text. */
static bool is_notified(struct pg_conn *c, const char *text)
{
	int64_t until = clock_ms() + NOTICE_MS;

	for (int64_t left = NOTICE_MS; left > 0; left = until - clock_ms()) {
		struct pollfd answer = { PQsocket(c->pg), POLLIN, 0 };
		PGnotify *n = PQnotifies(c->pg);
		bool is_it = n && str_eq(n->extra, text);

		PQfreemem(n);
		if (is_it)
			return true;
		if (n)
			continue;
		(void)poll(&answer, 1, (int)left);
		if (!PQconsumeInput(c->pg))
			return false;
	}
	return false;
}

static int test_notices(
	struct pg_conn *c, struct pg_conn *other, const char *text, struct vxe_error *err)
{
	if (pg_run(other, "LISTEN vxe", NULL, err) < 0 ||
		pg_ask(c, "SELECT pg_notify('vxe', $1)", 1, (const char *const[]){ text }, NULL,
			err) < 0)
		return -1;
	if (is_notified(other, text))
		return 0;
	return store_fail(c->where, err,
		"its notifications (NOTIFY) do not arrive: it is no PostgreSQL, or there is a "
		"pooler before it that gives sessions to several clients");
}

int pg_check_session(const struct pg_conn *c, const PGresult *row, int at, struct vxe_error *err)
{
	const char *pid = pg_value(row, 0, at);

	/* A pooler tells its clients numbers of its own. */
	if (!pid || strtol(pid, NULL, 10) != c->pid)
		return store_fail(c->where, err,
			"there is a pooler before it (PgBouncer, or another one), by which a session "
			"of the server is that of several clients, and so are its locks: name the "
			"server itself");
	if (!str_eq(pg_value(row, 0, at + 1), "0"))
		return store_fail(c->where, err,
			"it takes no settings of a session (options): there is a pooler before it");
	return 0;
}

/* What vxe asks of its session must hold, or its locks end in a silence, or outlive it. */
static int test_settings(struct pg_conn *c, struct vxe_error *err)
{
	_cleanup_result_ PGresult *found = NULL;

	if (pg_run(c,
		    "SELECT " PG_SESSION_COLUMNS ", inet_client_addr() IS NOT NULL"
		    " AND current_setting('tcp_user_timeout') = '0'",
		    &found, err) < 0 ||
		pg_check_session(c, found, 0, err) < 0)
		return -1;
	if (!str_eq(pg_value(found, 0, PG_N_SESSION_COLUMNS), "f"))
		return store_fail(c->where, err,
			"its system knows no tcp_user_timeout: the locks of a host that was cut off "
			"would stay for a quarter of an hour");
	return 0;
}

int pg_self_test(struct pg_conn *c, const struct pg_params *params, struct vxe_error *err)
{
	_cleanup_(pg_close_cleanup) struct pg_conn *other = NULL;
	_cleanup_free_ char *key = uuid_new();

	if (test_settings(c, err) < 0 || pg_connect(&other, params, c->where, err) < 0 ||
		test_locks(c, other, key, err) < 0)
		return -1;
	return test_notices(c, other, key, err);
}
