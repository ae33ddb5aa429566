/* SPDX-License-Identifier: MIT */
/* The connection @main when it was lost. */
#include "store/postgresql/pg_store.h"

#include "objects/base/clock.h"
#include "store/postgresql/pg_self_test.h"

/* How long a server that was lost may take to come back; as long as op_hold.c waits if it was lost under locks. */
#define RECONNECT_MS 5000
#define RECONNECT_LONG_MS 30000
#define RECONNECT_STEP_MS 100

/* Another process than the one that was @main's may have its number; not with the name of this process. */
static int end_old_session(const struct pg_store *s, struct pg_conn *c, struct vxe_error *err)
{
	_cleanup_free_ char *pid = xasprintf("%d", s->main->pid);
	const char *name = PQparameterStatus(c->pg, "application_name");

	_cleanup_result_ PGresult *ended = NULL;

	return pg_ask(c,
		       "SELECT " PG_SESSION_COLUMNS ", (SELECT bool_and(pg_terminate_backend(pid))"
		       " FROM pg_stat_activity WHERE pid = $1::integer AND application_name = $2"
		       " AND usename = current_user)",
		       2, (const char *const[]){ pid, name }, &ended, err) < 0
		? -1
		: pg_check_session(c, ended, 0, err);
}

int pg_store_connect(const struct pg_store *s, struct pg_conn **ret, struct vxe_error *err)
{
	_cleanup_(pg_close_cleanup) struct pg_conn *c = NULL;

	if (pg_connect(&c, &s->params, s->base.config.where, err) < 0 ||
		end_old_session(s, c, err) < 0)
		return -1;
	*ret = TAKE(c);
	return 0;
}

void pg_store_use(struct pg_store *s, struct pg_conn *c)
{
	pg_close(s->main);
	s->main = c;
	s->is_view = false;
	s->session++;
	pg_answers_clear(&s->answers); /* it may be another server */
}

int pg_store_connect_again(
	const struct pg_store *s, bool ends_old, struct pg_conn **ret, struct vxe_error *err)
{
	int64_t until = clock_ms() + (s->n_leases ? RECONNECT_LONG_MS : RECONNECT_MS);

	for (;;) {
		_cleanup_error_ struct vxe_error failed = { 0 };
		int rc = ends_old ? pg_store_connect(s, ret, &failed)
				  : pg_connect(ret, &s->params, s->base.config.where, &failed);

		if (rc == 0)
			return 0;
		if (clock_ms() > until) {
			error_move(err, &failed);
			return -1;
		}
		clock_sleep_ms(RECONNECT_STEP_MS);
	}
}

void pg_store_end_view(struct pg_store *s)
{
	if (s->is_view)
		pg_rollback(s->main);
	s->is_view = false;
}

int pg_store_revive(struct pg_store *s, struct vxe_error *err)
{
	struct pg_conn *again = NULL;

	pg_store_end_view(s);
	if (!pg_is_lost(s->main))
		return 0;
	if (s->n_leases)
		return vxe_fail(err, VXE_STORE_LOST, s->base.config.where,
			"the connection was lost before, and the locks with it");
	if (pg_store_connect_again(s, true, &again, err) < 0)
		return -1;
	pg_store_use(s, again);
	return 0;
}
