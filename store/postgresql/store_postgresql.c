/* SPDX-License-Identifier: MIT */
/*
 * The engine. A write transaction first changes the one row of vxe.meta, which is the write lock: writers come one after
 * the other, and the order of generations is that of commits. A reader sees one state of the database (REPEATABLE READ).
 */
#include "store/postgresql/store_postgresql.h"

#include <assert.h>

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "store/postgresql/pg_schema.h"
#include "store/postgresql/pg_self_test.h"
#include "store/postgresql/pg_store.h"
#include "objects/base/uri.h"

/* How long a server that was lost may take to come back; as long as op_hold.c waits if it was lost under locks. */
#define RECONNECT_MS 5000
#define RECONNECT_LONG_MS 30000
#define RECONNECT_STEP_MS 100

/* The server's clock, in s since 1970 with a fraction: server_ms() reads it. */
#define SERVER_CLOCK "extract(epoch FROM clock_timestamp())"
/* The lock comes first: a reader sees the state of the database at its first query, and no table changes after that. */
#define LOCK_TABLES "LOCK TABLE vxe.meta IN ACCESS SHARE MODE;"
#define BEGIN_READ                                                                                 \
	"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;" LOCK_TABLES                             \
	"SELECT generation, columns, " SERVER_CLOCK ", " PG_SESSION_COLUMNS ", %s FROM vxe.meta"
/* The life of a server: from its start to its end, with tables that were made once. */
#define SERVER_LIFE "extract(epoch FROM pg_postmaster_start_time()) || '/' || tableoid"
#define BEGIN_WRITE                                                                                \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"                                         \
	"UPDATE vxe.meta SET generation = %s"                                                      \
	" RETURNING generation - 1, columns, " SERVER_CLOCK ", " PG_SESSION_COLUMNS                \
	", %s, forgotten, " SERVER_LIFE
/* The columns of both; after COLUMN_SEEN those of a transaction that writes. */
enum {
	COLUMN_GENERATION,
	COLUMN_COLUMNS,
	COLUMN_CLOCK,
	COLUMN_SESSION,
	COLUMN_SEEN = COLUMN_SESSION + PG_N_SESSION_COLUMNS,
	COLUMN_FORGOTTEN = COLUMN_SEEN + PG_SEEN_COLUMNS,
	COLUMN_LIFE
};

/* ---- the store ------------------------------------------------------------------------------- */

static void pg_close_store(struct store *base)
{
	struct pg_store *s = (struct pg_store *)base;

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
	free(s->columns);
	free(s->changes_sql);
	store_fini(base);
	free(s);
}

/*
 * Makes or changes the tables, if that is necessary. A server that this host has not met by this URI since it was booted is
 * tried; the one of a database that is new has been. Who only reads takes no locks.
 */
static int prepare(struct pg_store *s, struct vxe_error *err)
{
	const struct store_config *c = &s->base.config;
	bool made = false;

	if (pg_schema_prepare(s->main, &s->params, c->classes, c->readonly, &made, err) < 0)
		return -1;
	if (made)
		pg_seen_new(s);
	if (s->met || c->readonly)
		return 0;
	if (!made && pg_self_test(s->main, &s->params, err) < 0)
		return -1;
	s->met = s->tried = true;
	return 0;
}

/* The tables of a server that was met are looked at by the first transaction, which costs no question of its own. */
static int meet(struct pg_store *s, struct vxe_error *err)
{
	pg_seen_load(s);
	s->assumed = s->met;
	return s->assumed ? 0 : prepare(s, err);
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

/* ---- a lost connection ----------------------------------------------------------------------- */

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
	s->session++;
	pg_answers_clear(&s->answers); /* it may be another server */
}

typedef int connect_fn(const struct pg_store *s, struct pg_conn **ret, struct vxe_error *err);

/* The session that was lost may still be at work. */
static int connect_beside(const struct pg_store *s, struct pg_conn **ret, struct vxe_error *err)
{
	return pg_connect(ret, &s->params, s->base.config.where, err);
}

/* Connects, and tries again for a while: a server that is started again refuses at first. */
static int connect_again(
	const struct pg_store *s, connect_fn *connect, struct pg_conn **ret, struct vxe_error *err)
{
	int64_t until = clock_ms() + (s->n_leases ? RECONNECT_LONG_MS : RECONNECT_MS);

	for (;;) {
		_cleanup_error_ struct vxe_error failed = { 0 };

		if (connect(s, ret, &failed) == 0)
			return 0;
		if (clock_ms() > until) {
			error_move(err, &failed);
			return -1;
		}
		clock_sleep_ms(RECONNECT_STEP_MS);
	}
}

int pg_store_revive(struct pg_store *s, struct vxe_error *err)
{
	struct pg_conn *again = NULL;

	if (!pg_is_lost(s->main))
		return 0;
	if (s->n_leases)
		return vxe_fail(err, VXE_STORE_LOST, s->base.config.where,
			"the connection was lost before, and the locks with it");
	if (connect_again(s, pg_store_connect, &again, err) < 0)
		return -1;
	pg_store_use(s, again);
	return 0;
}

/* ---- transactions ---------------------------------------------------------------------------- */

void pg_txn_failed(struct pg_txn *t)
{
	const struct pg_store *s = (const struct pg_store *)t->base.store;

	t->failed = true;
	t->may_repeat = pg_may_repeat(t->conn) && !s->n_leases;
	t->base.again = t->may_repeat;
	pg_rollback(t->conn);
}

int pg_txn_ask(struct pg_txn *t, const char *sql, size_t n, const char *const *values,
	PGresult **ret, struct vxe_error *err)
{
	if (t->failed)
		return store_fail(t->conn->where, err, "the transaction has failed before");
	if (pg_ask(t->conn, sql, n, values, ret, err) == 0)
		return 0;
	pg_txn_failed(t);
	return -1;
}

int pg_txn_post(struct pg_txn *t, const char *sql, size_t n, const char *const *values,
	struct vxe_error *err)
{
	if (t->failed)
		return store_fail(t->conn->where, err, "the transaction has failed before");
	if (pg_post(t->conn, sql, n, values, err) == 0)
		return 0;
	pg_txn_failed(t);
	return -1;
}

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
					     "SET TRANSACTION SNAPSHOT '%s';" LOCK_TABLES,
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

static int read_begun(struct pg_store *s, struct pg_txn *t, enum txn_mode mode,
	const PGresult *begun, struct vxe_error *err)
{
	if (PQntuples(begun) != 1)
		return store_fail(t->conn->where, err, "damaged: it has no generation");
	if (pg_check_session(t->conn, begun, COLUMN_SESSION, err) < 0)
		return -1;
	const char *columns = pg_value(begun, 0, COLUMN_COLUMNS);

	if (!str_eq(columns, s->columns)) {
		int rc = pg_schema_check(
			t->conn, s->base.config.classes, columns, mode == TXN_WRITE, err);

		if (rc < 0)
			return -1;
		if (rc > 0)
			str_replace(&s->columns, columns);
	}
	t->base.generation = strtoll(pg_value(begun, 0, COLUMN_GENERATION), NULL, 10);
	if (mode == TXN_WRITE) {
		_cleanup_free_ char *word = uuid_new();

		t->forgotten = strtoll(pg_value(begun, 0, COLUMN_FORGOTTEN), NULL, 10);
		free(t->writer); /* of a connection that was lost */
		t->writer = xasprintf("%s %s", word, pg_value(begun, 0, COLUMN_LIFE));
	}
	return pg_seen(s, t->conn, t->base.generation, begun, COLUMN_SEEN, mode == TXN_WRITE, err);
}

/* A new session of the server takes a quarter of a millisecond longer for the first number that it multiplies. */
static int64_t server_ms(const char *seconds)
{
	char *fraction;
	int64_t ms = strtoll(seconds, &fraction, 10) * 1000;

	for (int i = 0, digit = 100; *fraction && i < 3 && fraction[i + 1]; i++, digit /= 10)
		ms += (fraction[i + 1] - '0') * digit;
	return ms;
}

/* The questions of store_config.ahead, and their answers. */
struct ahead {
	size_t n;
	struct pg_question questions[STORE_AHEAD_MAX];
	PGresult *answers[STORE_AHEAD_MAX];
};

static void ahead_clear(struct ahead *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->questions[i].sql);
		PQclear(a->answers[i]);
	}
}

static void ahead_add(struct ahead *a, const struct pg_store *s)
{
	const struct store_question *list = s->base.config.ahead;

	for (; !s->asked_ahead && a->n < STORE_AHEAD_MAX && list[a->n].cls; a->n++)
		a->questions[a->n] = pg_question(&list[a->n]);
}

static void ahead_keep(struct ahead *a, struct pg_store *s, struct pg_txn *t)
{
	for (size_t i = 0; i < a->n; i++) {
		_cleanup_free_ char *about = pg_question_about(&s->base.config.ahead[i]);

		pg_answers_ahead(t, about, &a->questions[i], TAKE(a->answers[i]));
	}
	s->asked_ahead |= a->n > 0;
}

static int begin_once(
	struct pg_store *s, struct pg_txn *t, enum txn_mode mode, struct vxe_error *err)
{
	_cleanup_free_ char *seen = pg_seen_columns(s, mode == TXN_WRITE),
			    *decides = pg_seen_decides(s);
	_cleanup_free_ char *sql = mode == TXN_WRITE ? xasprintf(BEGIN_WRITE, decides, seen)
						     : xasprintf(BEGIN_READ, seen);
	_cleanup_result_ PGresult *begun = NULL;
	_cleanup_(ahead_clear) struct ahead ahead = { 0 };
	const int64_t asked = clock_machine_ms();

	if (mode == TXN_READ)
		ahead_add(&ahead, s);
	if (pg_run_ahead(t->conn, sql, ahead.questions, ahead.n, ahead.answers, &begun, err) == 0 &&
		read_begun(s, t, mode, begun, err) == 0) {
		/* All hosts of a pool go by the server's clock: times in records are compared by all of them. */
		clock_follow(asked, server_ms(pg_value(begun, 0, COLUMN_CLOCK)));
		pg_answers_begin(&s->answers, t->base.generation);
		ahead_keep(&ahead, s, t);
		return 0;
	}
	pg_rollback(t->conn);
	return -1;
}

/* What was assumed of the tables may be wrong: somebody has made the database anew, or this is another vxe. */
static int run_begin(
	struct pg_store *s, struct pg_txn *t, enum txn_mode mode, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (begin_once(s, t, mode, &failed) == 0) {
		s->assumed = false;
		return 0;
	}
	if (!s->assumed || pg_is_lost(t->conn)) {
		error_move(err, &failed);
		return -1;
	}
	s->assumed = false;
	return prepare(s, err) < 0 ? -1 : begin_once(s, t, mode, err);
}

/* The connection may have been lost since the last transaction; if there is no lease, nothing was lost with it. */
static int begin_on_main(
	struct pg_store *s, struct pg_txn *t, enum txn_mode mode, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	t->conn = s->main;
	if (run_begin(s, t, mode, &failed) == 0)
		return 0;
	if (!pg_is_lost(s->main) || s->n_leases) {
		error_move(err, &failed);
		return -1;
	}
	if (pg_store_revive(s, err) < 0)
		return -1;
	t->conn = s->main;
	return run_begin(s, t, mode, err);
}

static void txn_free(struct pg_txn *t)
{
	free(t->writer);
	PQclear(t->beats);
	free(t);
}
DEFINE_CLEANUP(struct pg_txn *, txn_free)

static int pg_begin(struct store *base, enum txn_mode mode, struct txn **ret, struct vxe_error *err)
{
	struct pg_store *s = (struct pg_store *)base;
	_cleanup_(txn_free_cleanup) struct pg_txn *t = xcalloc(1, sizeof(*t));

	t->base.store = base;
	t->base.mode = mode;
	if (choose_conn(s, mode, &t->conn, err) < 0)
		return -1;
	bool on_main = !t->conn;

	if ((on_main ? begin_on_main(s, t, mode, err) : run_begin(s, t, mode, err)) < 0) {
		if (!on_main)
			give_back(s, t->conn);
		return -1;
	}
	if (on_main)
		s->on_main = t;
	*ret = &TAKE(t)->base;
	return 0;
}

static void end(struct txn *base, bool committed)
{
	struct pg_txn *t = (struct pg_txn *)base;
	struct pg_store *s = (struct pg_store *)base->store;

	if (base->mode == TXN_WRITE)
		pg_answers_end(&s->answers, base->generation, committed);
	pg_rollback(t->conn);
	if (s->on_main == t)
		s->on_main = NULL;
	else
		give_back(s, t->conn);
	txn_free(t);
}

static void pg_abort(struct txn *base)
{
	end(base, false);
}

/* ---- commit ---------------------------------------------------------------------------------- */

/*
 * Tells whether the transaction was committed although no answer came. The row of vxe.meta can be locked only when the
 * session that was lost has ended its transaction, which it may still commit. Returns 1 if it has, 0 if not, -1 if nobody
 * can be asked. If there is a standby, the session may have ended before that had the transaction: this one's commit waits
 * until it has both.
 */
static int ask_outcome(const struct pg_store *s, const struct pg_txn *t, struct vxe_error *err)
{
	_cleanup_free_ char *generation = xasprintf("%lld", (long long)t->base.generation + 1);
	_cleanup_(pg_close_cleanup) struct pg_conn *c = NULL;
	_cleanup_result_ PGresult *found = NULL;

	if (connect_again(s, connect_beside, &c, err) < 0 ||
		pg_run(c,
			"BEGIN; SET LOCAL lock_timeout = '30s'; SELECT 1 FROM vxe.meta FOR UPDATE",
			NULL, err) < 0 ||
		pg_ask(c, "SELECT 1 FROM vxe.commits WHERE generation = $1 AND writer = $2", 2,
			(const char *const[]){ generation, t->writer }, &found, err) < 0 ||
		pg_run(c, "COMMIT", NULL, err) < 0)
		return -1;
	return PQntuples(found) > 0;
}

static int after_lost_commit(
	const struct pg_store *s, const struct pg_txn *t, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error unknown = { 0 };
	int done = ask_outcome(s, t, &unknown);

	if (done > 0)
		return 0;
	if (done == 0 && !s->n_leases)
		return STORE_AGAIN;
	return vxe_fail(err, VXE_STORE_LOST, s->base.config.where,
		done == 0 ? "the connection was lost, and nothing was written"
			  : "the connection was lost while it wrote; whether it has written is "
			    "not known");
}

/* The first one of each life of the server stays, for pg_seen(). */
#define FORGET_COMMITS                                                                             \
	"DELETE FROM vxe.commits WHERE generation BETWEEN 0 AND %lld AND generation NOT IN"        \
	" (SELECT min(generation) FROM vxe.commits WHERE generation >= 0"                          \
	" GROUP BY split_part(writer, ' ', 2));"

/* A person has decided. */
#define FORGET_OBJECTIONS "DELETE FROM vxe.commits WHERE generation < 0;"

static int send_commit(const struct pg_store *s, struct pg_txn *t, struct vxe_error *err)
{
	long long generation = (long long)t->base.generation + 1;
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_free_ char *forget = xasprintf("DELETE FROM vxe.tombstones; " FORGET_COMMITS
						"UPDATE vxe.meta SET forgotten = %lld;",
		generation - COMMITS_KEPT, generation);
	_cleanup_free_ char *sql = xasprintf("%s%sINSERT INTO vxe.commits VALUES(%lld, '%s');"
					     "SELECT pg_notify('vxe', '%lld'); COMMIT",
		generation - t->forgotten >= COMMITS_KEPT ? forget : "",
		s->base.decides ? FORGET_OBJECTIONS : "", generation, t->writer, generation);
	_cleanup_result_ PGresult *result = NULL;

	if (pg_run(t->conn, sql, &result, &failed) == 0)
		return str_eq(PQcmdStatus(result), "COMMIT")
			? 0
			: store_fail(t->conn->where, err, "it has not committed: %s",
				  PQcmdStatus(result));
	if (pg_is_lost(t->conn))
		return after_lost_commit(s, t, err);
	if (pg_may_repeat(t->conn))
		return STORE_AGAIN;
	error_move(err, &failed);
	return -1;
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
		rc = send_commit(s, t, err);
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
	.ahead = pg_ask_ahead,
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
	.await = pg_await,
};
