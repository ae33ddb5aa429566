/* SPDX-License-Identifier: MIT */
/*
 * The engine. A write transaction first changes the one row of vxe.meta, which is the write lock: writers come one after
 * the other, and the order of generations is that of commits. A reader sees one state of the database (REPEATABLE READ).
 */
#include "store/postgresql/store_postgresql.h"

#include "store/postgresql/pg_schema.h"
#include "store/postgresql/pg_store.h"
#include "objects/base/uri.h"

/* ---- the store ------------------------------------------------------------------------------- */

static void pg_close_store(struct store *base)
{
	struct pg_store *s = (struct pg_store *)base;

	pg_store_end_view(s);
	pg_seen_save(s);
	while (s->idle) {
		struct pg_conn *next = s->idle->next;

		pg_close(s->idle);
		s->idle = next;
	}
	pg_close(s->main);
	pg_params_clear(&s->params);
	pg_seen_clear(s);
	pg_answers_clear(&s->answers);
	pg_ahead_clear(&s->foreseen);
	free(s->columns);
	free(s->changes_sql);
	store_fini(base);
	free(s);
}

/* The tables of a server that was met are looked at by the first transaction, which costs no question of its own. */
static int meet(struct pg_store *s, struct vxe_error *err)
{
	pg_seen_load(s);
	s->assumed = s->met;
	return s->assumed ? 0 : pg_store_prepare(s, err);
}

static int pg_open_store(
	struct store **ret, const struct store_config *config, struct vxe_error *err)
{
	struct pg_store *s = xcalloc(1, sizeof(*s));
	_cleanup_free_ char *shown = uri_shown(config->where);
	struct store_config named = *config;

	named.where = shown;
	store_init(&s->base, &named);
	s->columns = pg_schema_columns(config->classes);
	s->changes_sql = pg_changes_sql(config->classes);
	s->session = 1;
	s->params.answered = config->answered;
	if (pg_params_read(&s->params, config->where, shown, err) < 0 ||
		pg_connect(&s->main, &s->params, s->base.config.where, err) < 0 ||
		meet(s, err) < 0) {
		pg_close_store(&s->base);
		return -1;
	}
	*ret = &s->base;
	return 0;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static int take_idle(struct pg_store *s, struct pg_conn **ret, struct vxe_error *err)
{
	if (!s->idle)
		return pg_connect(ret, &s->params, s->base.config.where, err);
	*ret = s->idle;
	s->idle = s->idle->next;
	return 0;
}

static void give_back(struct pg_store *s, struct pg_conn *c)
{
	if (pg_is_lost(c)) {
		pg_close(c);
		return;
	}
	c->next = s->idle;
	s->idle = c;
}

/* A writer needs @main, which a reader has: another connection takes over the reader's state of the database. */
static int move_reader(struct pg_store *s, struct vxe_error *err)
{
	struct pg_txn *t = s->on_main;
	_cleanup_result_ PGresult *name = NULL;
	struct pg_conn *c = NULL;

	if (t->failed) {
		s->on_main = NULL;
		return take_idle(s, &t->conn, err);
	}
	if (pg_txn_ask(t, "SELECT pg_export_snapshot()", 0, NULL, &name, err) < 0 ||
		take_idle(s, &c, err) < 0)
		return -1;
	_cleanup_free_ char *sql = xasprintf("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
					     "SET TRANSACTION SNAPSHOT '%s';" PG_LOCK_TABLES,
		pg_value(name, 0, 0));

	if (pg_run(c, sql, NULL, err) < 0) {
		pg_rollback(c);
		give_back(s, c);
		return -1;
	}
	pg_rollback(t->conn);
	t->conn = c;
	s->on_main = NULL;
	return 0;
}

/* The connection for a new transaction; *ret NULL: it is @main. */
static int choose_conn(
	struct pg_store *s, enum txn_mode mode, struct pg_conn **ret, struct vxe_error *err)
{
	*ret = NULL;
	if (s->on_main && mode == TXN_READ)
		return take_idle(s, ret, err);
	if (s->on_main)
		return move_reader(s, err);
	return pg_store_revive(s, err);
}

static void txn_free(struct pg_txn *t)
{
	free(t->writer);
	PQclear(t->beats);
	free(t);
}
DEFINE_CLEANUP(struct pg_txn *, txn_free)

/* True if the reader sees what the one before it saw. A connection that was lost since is made anew by a begin. */
static bool go_on_with_view(struct pg_store *s, struct pg_txn *t)
{
	if (!s->is_view || t->base.mode != TXN_READ || pg_has_ended(s->main))
		return false;
	s->is_view = false;
	t->of_view = true;
	t->conn = s->main;
	t->base.generation = s->view;
	s->on_main = t;
	return true;
}

static int begin(struct store *base, enum txn_mode mode, struct txn **ret, struct vxe_error *err)
{
	struct pg_store *s = (struct pg_store *)base;
	_cleanup_(txn_free_cleanup) struct pg_txn *t = xcalloc(1, sizeof(*t));

	t->base.store = base;
	t->base.mode = mode;
	if (go_on_with_view(s, t)) {
		*ret = &t->base;
		return pg_ahead_ask(&s->foreseen, TAKE(t), err);
	}
	if (choose_conn(s, mode, &t->conn, err) < 0)
		return -1;
	bool on_main = !t->conn;

	if ((on_main ? pg_txn_begin_on_main(s, t, mode, err) : pg_txn_begin(s, t, mode, err)) < 0) {
		if (!on_main)
			give_back(s, t->conn);
		return -1;
	}
	if (on_main)
		s->on_main = t;
	*ret = &TAKE(t)->base;
	return 0;
}

static int pg_begin(struct store *base, enum txn_mode mode, struct txn **ret, struct vxe_error *err)
{
	int rc = begin(base, mode, ret, err);

	pg_ahead_clear(&((struct pg_store *)base)->foreseen);
	return rc;
}

static void end(struct txn *base, bool committed)
{
	struct pg_txn *t = (struct pg_txn *)base;
	struct pg_store *s = (struct pg_store *)base->store;

	if (base->mode == TXN_WRITE)
		pg_answers_end(&s->answers, base->generation, committed);
	const bool stays = s->views && s->on_main == t && base->mode == TXN_READ && !t->failed;

	if (!stays)
		pg_rollback(t->conn);
	if (stays) {
		s->is_view = true;
		s->view = base->generation;
	}
	if (s->on_main == t)
		s->on_main = NULL;
	else
		give_back(s, t->conn);
	txn_free(t);
}

static void pg_view(struct store *base, bool on)
{
	struct pg_store *s = (struct pg_store *)base;

	s->views = on;
	if (!on)
		pg_store_end_view(s);
}

static void pg_abort(struct txn *base)
{
	end(base, false);
}

static int pg_commit(struct txn *base, struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;
	struct pg_store *s = (struct pg_store *)base->store;
	int rc = 0;

	if (t->failed)
		rc = t->may_repeat
			? STORE_AGAIN
			: store_fail(t->conn->where, err, "the transaction has failed before");
	else if (base->dirty)
		rc = pg_send_commit(s, t, err);
	if (rc == 0 && base->dirty)
		pg_seen_own(s, base->generation + 1, t->writer);
	end(base, rc == 0 && base->dirty);
	return rc;
}

/* The server's disk is not ours to keep a reserve on; what was written so far was taken. */
static int pg_allocate(struct txn *base, struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;

	return t->conn->posted ? pg_txn_ask(t, "SELECT 1", 0, NULL, NULL, err) : 0;
}

const struct store_ops store_postgresql_ops = {
	.name = "postgresql",
	.open = pg_open_store,
	.close = pg_close_store,
	.begin = pg_begin,
	.get = pg_get,
	.each = pg_each,
	.find = pg_find,
	.some = pg_some,
	.scan = pg_scan,
	.range = pg_range,
	.count = pg_count,
	.newest = pg_newest,
	.ahead = pg_ask_ahead,
	.hold = pg_hold,
	.foresee = pg_foresee,
	.holder = pg_holder,
	.put = pg_put,
	.del = pg_del,
	.changes = pg_changes,
	.allocate = pg_allocate,
	.commit = pg_commit,
	.abort = pg_abort,
	.lease = pg_lease,
	.release = pg_release,
	.keep_leases = pg_keep_leases,
	.beat = pg_beat,
	.last_beat = pg_last_beat,
	.beat_in = pg_beat_in,
	.view = pg_view,
	.await = pg_await,
};
