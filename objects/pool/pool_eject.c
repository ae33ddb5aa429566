/* SPDX-License-Identifier: MIT */
/* Moves a host's records from the store of a pool to its own one: lease, copies, commit point, end. */
#include "objects/pool/pool_eject.h"

#include "objects/base/uri.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/sm.h"
#include "objects/classes/storage/sr.h"
#include "objects/engine/op_recover.h"
#include "objects/pool/pool_leave.h"
#include "objects/pool/start_hook.h"
#include "objects/start/default_templates.h"
#include "objects/start/own_records.h"
#include "objects/start/session_open.h"

struct eject {
	struct session *s;
	struct store *own; /* the host's own store */
	struct lease *lease;
	struct pool *pool; /* the record of the own store that stands for it */
	struct pool_leave leave;
	bool refused; /* the transaction of the pool was not brought to its end */
};

static void eject_clear(struct eject *e)
{
	pool_leave_clear(&e->leave);
	pool_free(e->pool);
	store_close(e->own);
	store_release(e->lease);
}

static int at_point(struct eject *e, const char *step, struct vxe_error *err)
{
	return failpoint(&e->s->config.failpoints, "pool-eject", step, true, err);
}

/* ---- the plan --------------------------------------------------------------------------------- */

/*
 * The own store is what it was before the host joined, but for its records. One that has made the pool of itself has the
 * UUID of the pool, which goes on without it.
 */
static int load_pool(struct eject *e, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records pools = { 0 };

	if (txn_begin(e->own, TXN_READ, &t, err) < 0 ||
		records_load(t, &pool_class, NULL, NULL, &pools, err) < 0)
		return -1;
	e->pool = pools.n ? record_copy(&pool_class, pools.items[0]) : record_new(&pool_class);
	if (!e->pool->r.uuid || str_eq(e->pool->r.uuid, e->s->store_uuid)) {
		free(e->pool->r.uuid);
		e->pool->r.uuid = uuid_new();
	}
	str_replace(&e->pool->master, e->s->here->uuid);
	str_replace(&e->pool->move, POOL_MOVING);
	return 0;
}

static int plan_leave(struct eject *e, struct txn *t, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *all = NULL;
	int64_t running = 0;

	if (txn_count(t, intent_class.name, &running, err) < 0)
		return -1;
	if (running)
		return vxe_fail(err, VXE_BUSY, "the store", "a running operation");
	return documents_read(t, &all, err) < 0
		? -1
		: pool_leave_plan(e->s, all, e->s->here->uuid, e->pool->r.uuid, &e->leave, err);
}

/* ---- the steps -------------------------------------------------------------------------------- */

static int delete_all(struct txn *t, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *all = NULL;

	return documents_read(t, &all, err) < 0 ? -1 : documents_delete(t, all, err);
}

/* The SRs for new disks and so on, of which only those count that the host has. */
static void keep_srs(struct eject *e)
{
	struct json_object *srs = json_object_object_get(e->leave.leaves, sr_class.name);
	char **const all[] = { &e->pool->default_sr, &e->pool->suspend_image_sr,
		&e->pool->crash_dump_sr };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!srs || !*all[i] || !json_object_object_get_ex(srs, *all[i], NULL))
			str_replace(all[i], NULL);
}

/* All records of the host, of which nobody knows yet whether they are the true ones. */
static int fill_own(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct eject *e = ctx;
	const char *host = e->s->here->uuid;

	if (delete_all(t, err) < 0 || documents_put(t, e->leave.leaves, err) < 0)
		return -1;
	if (!e->leave.last) {
		keep_srs(e);
		return sms_put(t, host, err) < 0 || templates_put(t, host, err) < 0
			? -1
			: record_save(t, &pool_class, e->pool, err);
	}
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	if (pool_get(t, e->s->store_uuid, &pool, err) < 0)
		return -1;
	str_replace(&pool->move, POOL_MOVING);
	return record_save(t, &pool_class, pool, err);
}

/*
 * The commit point: the pool does not have the host any more. The own store is filled inside of this transaction, so
 * that nobody changes the records in between.
 */
static int leave_pool(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct eject *e = ctx;

	e->refused = true;
	if (plan_leave(e, t, err) < 0 || store_update(e->own, fill_own, e, err) < 0 ||
		at_point(e, "copy", err) < 0 || documents_delete(t, e->leave.gone, err) < 0 ||
		documents_put(t, e->leave.changed, err) < 0)
		return -1;
	e->refused = false;
	return 0;
}

static int eject(struct eject *e, struct vxe_error *err)
{
	struct session *s = e->s;
	_cleanup_error_ struct vxe_error ignored = { 0 };
	bool away = false;

	if (store_update(s->store, leave_pool, e, err) < 0) {
		int rc = e->refused
			? own_records_note(e->own, POOL_AWAY, &ignored)
			: own_records_settle(&s->config, s->mark.dir, e->own, &away, &ignored);

		if (rc < 0)
			error_note(err, "whether the host has left the pool is not known yet");
		if (rc < 0 || e->refused || away)
			return -1;
		error_clear(err);
		return 0;
	}
	if (at_point(e, "commit", err) < 0)
		return -1;
	/* if this fails, the next command of the host does it */
	return own_records_note(e->own, "", &ignored) < 0 ? 0 : at_point(e, "end", err);
}

/* ---- the command ------------------------------------------------------------------------------ */

static int show_eject(struct eject *e, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *shown = uri_shown(e->s->mark.dir);

	if (txn_begin(e->s->store, TXN_READ, &t, err) < 0 || plan_leave(e, t, err) < 0)
		return -1;
	documents_show(e->s, e->leave.leaves);
	session_planned(e->s, "to: %s", shown);
	session_planned(e->s,
		e->leave.last ? "record: the database is empty then"
			      : "record: the pool does not have this host any more");
	return vxe_fail(err, VXE_PLANNED, "records");
}

int pool_eject(struct session *s, const char *host, struct vxe_error *err)
{
	_cleanup_(eject_clear) struct eject e = { .s = s };
	struct hv *hv;

	if (!s->mark.dir) {
		_cleanup_free_ char *shown = uri_shown(s->config.store);

		return vxe_fail(err, VXE_NOT_IN_POOL, shown, host);
	}
	if (!str_eq(host, s->here->uuid))
		return vxe_fail(err, HOST_OFFLINE, host);
	if (session_hv(s->here, &hv, err) < 0 ||
		store_open_at(&e.own, &s->config, s->mark.dir, false, err) < 0 ||
		load_pool(&e, err) < 0)
		return -1;
	if (s->wishes->dry_run)
		return show_eject(&e, err);
	if (op_recover(s, NULL, NULL, err) < 0 ||
		store_lease(e.own, MOVE_LEASE, LEASE_EXCLUSIVE, false, &e.lease, err) < 0)
		return -1;
	if (eject(&e, err) < 0)
		return -1;
	start_hook_remove(&s->config);
	return 0;
}
