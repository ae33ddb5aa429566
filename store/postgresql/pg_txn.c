/* SPDX-License-Identifier: MIT */
/* Begins transactions, and runs statements in them. */
#include "store/postgresql/pg_store.h"

#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "store/postgresql/pg_schema.h"
#include "store/postgresql/pg_self_test.h"

/* The server's clock, in s since 1970 with a fraction: server_ms() reads it. */
#define SERVER_CLOCK "extract(epoch FROM clock_timestamp())"
#define BEGIN_READ                                                                                 \
	"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;" PG_LOCK_TABLES                          \
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

/*
 * Makes or changes the tables, if that is necessary. A server that this host has not met by this URI since it was booted is
 * tried; the one of a database that is new has been. Who only reads takes no locks.
 */
int pg_store_prepare(struct pg_store *s, struct vxe_error *err)
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

void pg_txn_failed(struct pg_txn *t)
{
	const struct pg_store *s = (const struct pg_store *)t->base.store;

	t->failed = true;
	t->may_repeat = pg_may_repeat(t->conn) && !s->n_leases;
	t->base.again = t->may_repeat;
	pg_rollback(t->conn);
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

static int begin_once(
	struct pg_store *s, struct pg_txn *t, enum txn_mode mode, struct vxe_error *err)
{
	_cleanup_free_ char *seen = pg_seen_columns(s, mode == TXN_WRITE),
			    *decides = pg_seen_decides(s);
	_cleanup_free_ char *sql = mode == TXN_WRITE ? xasprintf(BEGIN_WRITE, decides, seen)
						     : xasprintf(BEGIN_READ, seen);
	_cleanup_result_ PGresult *begun = NULL;
	struct pg_ahead *ahead = &s->foreseen;
	const int64_t asked = clock_machine_ms();

	pg_ahead_skip_kept(ahead, &s->answers);
	if (pg_run_ahead(t->conn, sql, ahead->questions, ahead->n, ahead->answers, &begun, err) ==
			0 &&
		read_begun(s, t, mode, begun, err) == 0) {
		/* All hosts of a pool go by the server's clock: times in records are compared by all of them. */
		clock_follow(asked, server_ms(pg_value(begun, 0, COLUMN_CLOCK)));
		pg_answers_begin(&s->answers, t->base.generation);
		pg_ahead_keep(ahead, t);
		return 0;
	}
	pg_rollback(t->conn);
	return -1;
}

/* What was assumed of the tables may be wrong: somebody has made the database anew, or this is another vxe. */
int pg_txn_begin(struct pg_store *s, struct pg_txn *t, enum txn_mode mode, struct vxe_error *err)
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
	return pg_store_prepare(s, err) < 0 ? -1 : begin_once(s, t, mode, err);
}

/* The connection may have been lost since the last transaction; if there is no lease, nothing was lost with it. */
int pg_txn_begin_on_main(
	struct pg_store *s, struct pg_txn *t, enum txn_mode mode, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	t->conn = s->main;
	if (pg_txn_begin(s, t, mode, &failed) == 0)
		return 0;
	if (!pg_is_lost(s->main) || s->n_leases) {
		error_move(err, &failed);
		return -1;
	}
	if (pg_store_revive(s, err) < 0)
		return -1;
	t->conn = s->main;
	return pg_txn_begin(s, t, mode, err);
}

/*
 * True if the transaction goes on with the view of a reader, has asked nothing, and has begun anew, on another connection: that
 * of the view was lost, with nothing else, and the state is the same.
 */
static bool begin_again(struct pg_txn *t)
{
	struct pg_store *s = (struct pg_store *)t->base.store;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	const int64_t generation = t->base.generation;

	if (!t->of_view || !pg_is_lost(s->main) || s->n_leases)
		return false;
	t->of_view = false;
	if (pg_store_revive(s, &ignored) < 0)
		return false;
	t->conn = s->main;
	return pg_txn_begin(s, t, TXN_READ, &ignored) == 0 && t->base.generation == generation;
}

int pg_txn_ask(struct pg_txn *t, const char *sql, size_t n, const char *const *values,
	PGresult **ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (t->failed)
		return store_fail(t->conn->where, err, "the transaction has failed before");
	if (pg_ask(t->conn, sql, n, values, ret, &failed) == 0 ||
		(begin_again(t) && pg_ask(t->conn, sql, n, values, ret, &failed) == 0)) {
		t->of_view = false;
		error_clear(&failed);
		return 0;
	}
	error_move(err, &failed);
	pg_txn_failed(t);
	return -1;
}
