/* SPDX-License-Identifier: MIT */
/* Moves a host's records to the store of a pool: lease, mark, stop, commit point, end. */
#include "objects/pool/pool_move.h"

#include "objects/base/uri.h"
#include "objects/classes/host/pool.h"
#include "objects/engine/op_recover.h"
#include "objects/pool/pool_merge.h"
#include "objects/pool/start_hook.h"
#include "objects/start/own_records.h"
#include "objects/start/pool_mark.h"
#include "objects/start/session_open.h"
#include "store/store_place.h"

struct pool_move {
	struct session *s;
	const char *op; /* the command */
	bool joins;	/* the target has a pool of other hosts */
	const char *where;
	struct store *target;
	struct host_records records;
	struct pool_merge merge; /* if the host joins others */
	struct lease *lease;	 /* one move at a time */
	bool refused;		 /* the transaction at the target was not brought to its end */
};

static void move_clear(struct pool_move *m)
{
	host_records_clear(&m->records);
	pool_merge_clear(&m->merge);
	store_close(m->target);
	store_release(m->lease);
}

static int at_step(struct pool_move *m, const char *step, bool after, struct vxe_error *err)
{
	return failpoint(&m->s->config.failpoints, m->op, step, after, err);
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

static int take_pool(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	str_replace(ctx, uuid);
	return 0;
}

/* Checks that the target has no pool, or with m->joins that the records can come into the pool that it has. */
static int plan_arrival(struct pool_move *m, struct txn *t, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_free_ char *pool = NULL;

	if (m->joins)
		return pool_merge_plan(m->s, m->where, &m->records, t, &m->merge, err);
	if (txn_scan(t, pool_class.name, none, take_pool, &pool, err) < 0)
		return -1;
	return pool ? fail_with(m, VXE_POOL_EXISTS, pool, err) : 0;
}

/* ---- the steps ------------------------------------------------------------------------------- */

/* From here on nobody writes to the host's own store, so that what is read is what moves. */
static int stop_own(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct pool_move *m = ctx;
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	host_records_clear(&m->records);
	if (host_records_read(m->s, t, &m->records, err) < 0 ||
		pool_get(t, m->s->store_uuid, &pool, err) < 0)
		return -1;
	str_replace(&pool->move, POOL_MOVING);
	return record_save(t, &pool_class, pool, err);
}

/* The commit point: all records are at the target, or none. */
static int put_records(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct pool_move *m = ctx;

	m->refused = true;
	if (plan_arrival(m, t, err) < 0 ||
		(m->joins ? pool_merge_put(t, &m->merge, err)
			  : documents_put(t, m->records.all, err)) < 0)
		return -1;
	m->refused = false;
	return 0;
}

/*
 * After the commit point was missed, or nobody knows whether it was: lets the host work with its own records, or with
 * those at the target if they are there. If that cannot be found out, the next command of the host tries.
 */
static int give_up(struct pool_move *m, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	bool away = false;
	int rc = m->refused ? own_records_note(m->s->store, "", &ignored)
			    : own_records_settle(&m->s->config, m->s->config.store, m->s->store,
				      &away, &ignored);

	if (rc < 0)
		error_note(err, "whether the records have moved is not known yet");
	if (!away)
		return -1;
	error_clear(err);
	return 0;
}

static int move(struct pool_move *m, struct vxe_error *err)
{
	struct session *s = m->s;
	_cleanup_error_ struct vxe_error ignored = { 0 };

	place_seen_forget(s->config.lock_dir, s->config.store);
	if (at_step(m, "mark", false, err) < 0 ||
		pool_mark_write(s->config.store, m->where, s->here->uuid, err) < 0 ||
		at_step(m, "mark", true, err) < 0 || store_update(s->store, stop_own, m, err) < 0 ||
		at_step(m, "stop", true, err) < 0)
		return -1;
	if (store_update(m->target, put_records, m, err) < 0)
		return give_up(m, err);
	if (at_step(m, "copy", true, err) < 0)
		return -1;
	/* if this fails, the next command of the host does it */
	return own_records_note(s->store, POOL_AWAY, &ignored) < 0 ? 0
								   : at_step(m, "end", true, err);
}

/* ---- before it --------------------------------------------------------------------------------- */

/*
 * Opens the target for reading only, which makes nothing there. Of a database that is still empty, and has not even
 * tables, *ret is NULL.
 */
static int open_to_look(const struct pool_move *m, struct store **ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error e = { 0 };

	*ret = NULL;
	if (store_open_at(ret, &m->s->config, m->where, true, &e) == 0)
		return 0;
	if (e.code != VXE_STORE_UNUSABLE || !str_eq(e.params[1], STORE_IS_NEW)) {
		error_move(err, &e);
		return -1;
	}
	if (!m->joins)
		return 0;
	_cleanup_free_ char *shown = uri_shown(m->where);

	return vxe_fail(err, VXE_NO_POOL, shown);
}

/* Reads what would be moved, and checks whether it can be. */
static int look(struct pool_move *m, struct vxe_error *err)
{
	_cleanup_store_ struct store *target = NULL;
	_cleanup_txn_ struct txn *own = NULL, *t = NULL;

	if (txn_begin(m->s->store, TXN_READ, &own, err) < 0 ||
		host_records_read(m->s, own, &m->records, err) < 0 ||
		open_to_look(m, &target, err) < 0)
		return -1;
	return target && (txn_begin(target, TXN_READ, &t, err) < 0 || plan_arrival(m, t, err) < 0)
		? -1
		: 0;
}

static int show_move(struct pool_move *m, struct vxe_error *err)
{
	_cleanup_free_ char *shown = uri_shown(m->where);

	if (look(m, err) < 0)
		return -1;
	if (m->joins)
		pool_merge_show(m->s, &m->records, &m->merge);
	else
		documents_show(m->s, m->records.all);
	session_planned(m->s, "to: %s", shown);
	session_planned(m->s, "record: this host's commands find them there from then on");
	return vxe_fail(err, VXE_PLANNED, "records");
}

/* Brings the records that mirror this machine up to date: other hosts read them, and cannot ask the machine. */
static int mirror_machine(struct session *s, struct vxe_error *err)
{
	for (size_t i = 0; classes[i]; i++)
		if (classes[i]->refresh && classes[i]->refresh(s, err) < 0)
			return -1;
	return 0;
}

static int run(struct pool_move *m, struct vxe_error *err)
{
	struct session *s = m->s;
	struct hv *hv;

	if (check_place(m, err) < 0 || session_prepare(s, err) < 0)
		return -1;
	/* what this host has in common with others is known to its libvirt */
	if (m->joins && (session_hv(s->here, &hv, err) < 0 || session_networks(s->here, err) < 0))
		return -1;
	if (s->wishes->dry_run)
		return show_move(m, err);
	if (op_recover(s, NULL, NULL, err) < 0 || mirror_machine(s, err) < 0 ||
		store_lease(s->store, MOVE_LEASE, LEASE_EXCLUSIVE, false, &m->lease, err) < 0 ||
		(m->joins && look(m, err) < 0) ||
		store_open_at(&m->target, &s->config, m->where, false, err) < 0)
		return -1;
	return move(m, err);
}

/* From now on libvirt asks vxe before it starts a guest; if libvirt cannot be reached, the next heartbeat sees to that. */
static void let_libvirt_ask(struct session *s)
{
	_cleanup_error_ struct vxe_error later = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, &later) == 0)
		start_hook_keep(s);
}

int pool_init(struct session *s, const char *where, struct vxe_error *err)
{
	_cleanup_(move_clear) struct pool_move m = { .s = s, .op = "pool-init", .where = where };

	if (run(&m, err) < 0)
		return -1;
	let_libvirt_ask(s);
	return 0;
}

int pool_join(struct session *s, const char *where, char **pool, struct vxe_error *err)
{
	_cleanup_(move_clear) struct pool_move m = {
		.s = s, .op = "pool-join", .joins = true, .where = where
	};

	if (run(&m, err) < 0)
		return -1;
	for (size_t i = 0; i < m.merge.not_attached.n; i++)
		session_notice(s, "%s", m.merge.not_attached.items[i]);
	let_libvirt_ask(s);
	*pool = TAKE(m.merge.pool);
	return 0;
}
