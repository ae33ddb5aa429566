/* SPDX-License-Identifier: MIT */
/* The COMMIT of a transaction, whose answer may be lost. */
#include "store/postgresql/pg_store.h"

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

	if (pg_store_connect_again(s, false, &c, err) < 0 ||
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

int pg_send_commit(const struct pg_store *s, struct pg_txn *t, struct vxe_error *err)
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
