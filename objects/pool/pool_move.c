/* SPDX-License-Identifier: MIT */
/* Moves a host's records to the store of a pool: copies, mark, commit point, end. */
#include "objects/pool/pool_move.h"

#include "objects/base/uri.h"
#include "objects/classes/host/pool.h"
#include "objects/engine/op_recover.h"
#include "objects/pool/pool_records.h"
#include "objects/start/pool_mark.h"
#include "objects/start/session_open.h"

/* How often the records are copied anew because somebody has written to the host's own store meanwhile. */
#define MAX_TRIES 10

struct pool_move {
	struct session *s;
	const char *where;
	struct store *target;
	struct host_records records;
	struct lease *lease; /* one move at a time */
	bool late;	     /* the host's own store has changed since the records were read */
};

static void move_clear(struct pool_move *m)
{
	host_records_clear(&m->records);
	store_close(m->target);
	store_release(m->lease);
}

static int at_step(struct pool_move *m, const char *step, bool after, struct vxe_error *err)
{
	return failpoint(&m->s->config.failpoints, "pool-init", step, after, err);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static int fail_with(
	const struct pool_move *m, enum vxe_code code, const char *second, struct vxe_error *err)
{
	_cleanup_free_ char *shown = uri_shown(m->where);

	return vxe_fail(err, code, shown, second);
}

/* Checks the words of the command, before anything is opened. */
static int check_place(const struct pool_move *m, struct vxe_error *err)
{
	const struct session *s = m->s;
	_cleanup_free_ char *shown = uri_shown(m->where), *own = uri_shown(s->config.store);

	if (s->mark.store || uri_is_database(s->config.store))
		return vxe_fail(err, VXE_IN_POOL, own);
	if (!s->config.engine && !uri_is_database(m->where))
		return fail_with(m, VXE_STORE_UNUSABLE,
			"it is not the URI of a PostgreSQL database (postgresql://...)", err);
	return str_eq(shown, m->where)
		? 0
		: fail_with(m, VXE_STORE_UNUSABLE,
			  "its password would be written into a file; put it into ~/.pgpass", err);
}

struct there {
	char *pool, *move;
};

static void there_clear(struct there *a)
{
	free(a->pool);
	free(a->move);
}

static int take_pool(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct there *a = ctx;

	(void)err;
	str_replace(&a->pool, uuid);
	str_replace(&a->move, values[0]);
	return 0;
}

/*
 * Checks that the target is empty, or has only what an earlier move of this host has left that did not come to its
 * commit point; then *left is true.
 */
static int check_target(const struct pool_move *m, struct txn *t, bool *left, struct vxe_error *err)
{
	static const char *const columns[] = { "move", NULL };
	_cleanup_(there_clear) struct there a = { 0 };

	if (txn_scan(t, pool_class.name, columns, take_pool, &a, err) < 0)
		return -1;
	*left = a.pool && str_eq(a.pool, m->s->store_uuid) && str_eq(a.move, POOL_ARRIVING);
	return !a.pool || *left ? 0 : fail_with(m, VXE_POOL_EXISTS, a.pool, err);
}

/* ---- the steps ------------------------------------------------------------------------------- */

static int write_copies(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct pool_move *m = ctx;
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;
	bool left;

	if (check_target(m, t, &left, err) < 0 || (left && host_records_drop(t, err) < 0) ||
		host_records_put(t, &m->records, err) < 0 ||
		pool_get(t, m->s->store_uuid, &pool, err) < 0)
		return -1;
	str_replace(&pool->move, POOL_ARRIVING);
	return record_save(t, &pool_class, pool, err);
}

/* The commit point: from now on the copies are the true records. */
static int leave(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct pool_move *m = ctx;
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;
	int64_t now;

	if (txn_generation(t, &now, err) < 0 || pool_get(t, m->s->store_uuid, &pool, err) < 0)
		return -1;
	m->late = now != m->records.generation;
	if (m->late)
		return 0;
	str_replace(&pool->move, POOL_AWAY);
	return record_save(t, &pool_class, pool, err);
}

static int move_once(struct pool_move *m, struct vxe_error *err)
{
	struct session *s = m->s;

	host_records_clear(&m->records);
	if (host_records_read(s, &m->records, err) < 0 || at_step(m, "copy", false, err) < 0 ||
		store_update(m->target, write_copies, m, err) < 0 ||
		at_step(m, "copy", true, err) < 0 ||
		pool_mark_write(s->config.store, m->where, s->here->uuid, err) < 0 ||
		at_step(m, "mark", true, err) < 0)
		return -1;
	return store_update(s->store, leave, m, err);
}

static int move(struct pool_move *m, struct vxe_error *err)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		if (move_once(m, err) < 0)
			return -1;
		if (m->late)
			continue;
		if (at_step(m, "commit", true, err) < 0)
			return -1;
		_cleanup_error_ struct vxe_error ignored = { 0 };

		/* if this fails, the next command of the host does it */
		return pool_end_arrival(m->target, m->s->store_uuid, &ignored) < 0
			? 0
			: at_step(m, "end", true, err);
	}
	return vxe_fail(err, VXE_TRY_AGAIN, "records", "others write to the store all the time");
}

/* ---- dry run --------------------------------------------------------------------------------- */

/* Looks at the target without making anything there; a database that is still empty has not even tables. */
static int look_at_target(struct pool_move *m, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error e = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	bool left;

	if (store_open_at(&m->target, &m->s->config, m->where, true, &e) < 0) {
		if (e.code == VXE_STORE_UNUSABLE && str_eq(e.params[1], STORE_IS_NEW))
			return 0;
		*err = e;
		e = (struct vxe_error){ 0 };
		return -1;
	}
	return txn_begin(m->target, TXN_READ, &t, err) < 0 ? -1 : check_target(m, t, &left, err);
}

static int show_move(struct pool_move *m, struct vxe_error *err)
{
	_cleanup_free_ char *shown = uri_shown(m->where);

	if (look_at_target(m, err) < 0 || host_records_read(m->s, &m->records, err) < 0)
		return -1;
	host_records_show(m->s, &m->records);
	session_planned(m->s, "to: %s", shown);
	session_planned(m->s, "record: this host's commands find them there from then on");
	return vxe_fail(err, VXE_PLANNED, "records");
}

int pool_init(struct session *s, const char *where, struct vxe_error *err)
{
	_cleanup_(move_clear) struct pool_move m = { .s = s, .where = where };

	if (check_place(&m, err) < 0 || session_prepare(s, err) < 0)
		return -1;
	if (s->wishes->dry_run)
		return show_move(&m, err);
	if (op_recover(s, NULL, NULL, err) < 0 ||
		store_lease(s->store, "pool-move", LEASE_EXCLUSIVE, false, &m.lease, err) < 0 ||
		store_open_at(&m.target, &s->config, where, false, err) < 0)
		return -1;
	return move(&m, err);
}
