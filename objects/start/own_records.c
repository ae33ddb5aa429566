/* SPDX-License-Identifier: MIT */
/* Notes whose records are true, and finds it out after a move that was cut off. */
#include "objects/start/own_records.h"

#include "objects/base/uri.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/start/pool_mark.h"
#include "objects/start/session_open.h"

struct note {
	const char *move;
};

static int put_note(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct note *n = ctx;
	_cleanup_records_ struct records pools = { 0 };

	if (records_load(t, &pool_class, NULL, NULL, &pools, err) < 0)
		return -1;
	for (size_t i = 0; i < pools.n; i++) {
		struct pool *pool = pools.items[i];

		str_replace(&pool->move, n->move);
		if (record_save(t, &pool_class, pool, err) < 0)
			return -1;
	}
	return 0;
}

int own_records_note(struct store *own, const char *move, struct vxe_error *err)
{
	return store_update(own, put_note, &(struct note){ move }, err);
}

static void mark_clear(struct pool_mark *m)
{
	free(m->store);
	free(m->host);
}

struct look {
	const char *host;
	bool found;
};

static int look_for_host(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct look *l = ctx;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_find(t, l->host, &host, err) < 0)
		return -1;
	l->found = host != NULL;
	txn_confirm(t);
	return 0;
}

/*
 * Looks whether the store of the pool has the host's record. The transaction is one that writes: it begins when that of
 * a killed mover, whose last words the server may just be reading, has ended. A server that was killed as well may have
 * what its standby has not, and would lose if that took its place: hence the commit.
 */
static int ask_pool(
	const struct session_config *c, const struct pool_mark *m, bool *ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error e = { 0 };
	_cleanup_store_ struct store *store = NULL;
	struct look look = { .host = m->host };

	if (store_open_at(&store, c, m->store, false, &e) == 0 &&
		store_update(store, look_for_host, &look, &e) == 0) {
		*ret = look.found;
		return 0;
	}
	_cleanup_free_ char *shown = uri_shown(m->store);
	_cleanup_free_ char *why = xasprintf(
		"a move of this host's records was cut off, and whether they are there cannot be asked: %s",
		e.n_params ? e.params[e.n_params - 1] : code_info(e.code)->text);

	return vxe_fail(err, VXE_STORE_UNUSABLE, shown, why);
}

int own_records_settle(const struct session_config *c, const char *dir, struct store *own,
	bool *away, struct vxe_error *err)
{
	_cleanup_(mark_clear) struct pool_mark m = { 0 };

	if (pool_mark_read(dir, &m, err) < 0 || ask_pool(c, &m, away, err) < 0)
		return -1;
	return own_records_note(own, *away ? POOL_AWAY : "", err);
}
