/* SPDX-License-Identifier: MIT */
/*
 * Leases: the lock of this machine first, which a child that works under it keeps, then an advisory lock of the session,
 * which excludes other machines and ends with the connection.
 */
#include "store/postgresql/pg_store.h"

#include <assert.h>

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "store/lease.h"

struct pg_lease {
	struct lease base;
	struct pg_lease *next; /* in the list of the store, if it has an advisory lock */
	struct pg_store *store;
	struct lease *local;
	char *key; /* NULL: no advisory lock, as no object can have this key */
	enum lease_mode mode;
	unsigned session; /* of the connection that has the lock */
};

static void lease_free(struct pg_lease *l)
{
	if (l->local)
		flock_release(l->local);
	free(l->key);
	free(l);
}
DEFINE_CLEANUP(struct pg_lease *, lease_free)

/* The statement that ends a lock, or takes it, perhaps with a wait. */
static const char *lock_sql(enum lease_mode mode, bool wait)
{
	if (mode == LEASE_SHARED)
		return wait ? "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))"
			    : "SELECT pg_try_advisory_lock_shared(hashtextextended($1, 0))";
	return wait ? "SELECT pg_advisory_lock(hashtextextended($1, 0))"
		    : "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
}

static const char *unlock_sql(enum lease_mode mode)
{
	return mode == LEASE_SHARED ? "SELECT pg_advisory_unlock_shared(hashtextextended($1, 0))"
				    : "SELECT pg_advisory_unlock(hashtextextended($1, 0))";
}

/* A failed statement ends the transaction that the connection is in. */
static int lock_failed(const struct pg_store *s)
{
	if (s->on_main)
		pg_txn_failed(s->on_main);
	return -1;
}

/* For how long a try asks again. A killed process's locks end when the server sees its connection closed: moments later. */
static const int N_TRIES = 100;
static const int64_t BETWEEN_TRIES_MS = 10;

/* 0 with *@got, -1 with @err. */
static int ask_once(struct pg_lease *l, bool wait, bool *got, struct vxe_error *err)
{
	struct pg_store *s = l->store;
	const char *sql = lock_sql(l->mode, wait);
	const char *const key = l->key;
	_cleanup_result_ PGresult *result = NULL;
	int rc = wait ? pg_wait(s->main, sql, 1, &key, &result, err)
		      : pg_ask(s->main, sql, 1, &key, &result, err);

	if (rc < 0)
		return lock_failed(s);
	if (rc > 0)
		(void)lock_failed(s);
	*got = rc == 0 && (wait || str_eq(pg_value(result, 0, 0), "t"));
	return rc > 0 ? vxe_fail(err, VXE_BUSY, l->key, "") : 0;
}

/* Nobody on this machine has the lease now: its holder is on another one, or was killed. */
static int ask_advisory(struct pg_lease *l, bool wait, struct vxe_error *err)
{
	bool got = false;

	for (int i = 0; !got && i < N_TRIES; i++) {
		if (i)
			clock_sleep_ms(BETWEEN_TRIES_MS);
		if (ask_once(l, wait, &got, err) < 0)
			return -1;
	}
	if (!got)
		return vxe_fail(err, VXE_BUSY, l->key, "");
	l->session = l->store->session;
	l->next = l->store->leases;
	l->store->leases = l;
	l->store->n_leases++;
	return 0;
}

static void forget_lease(struct pg_store *s, const struct pg_lease *l)
{
	struct pg_lease **at = &s->leases;

	assert(s->n_leases > 0);
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	s->n_leases--;
}

/* The connection may have been lost since the last transaction; if there is no lease, nothing was lost with it. */
static int take_advisory(struct pg_lease *l, bool wait, struct vxe_error *err)
{
	struct pg_store *s = l->store;
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (!s->on_main && pg_store_revive(s, err) < 0)
		return -1;
	if (ask_advisory(l, wait, &failed) == 0)
		return 0;
	if (!pg_is_lost(s->main) || s->on_main || s->n_leases) {
		error_move(err, &failed);
		return -1;
	}
	return pg_store_revive(s, err) < 0 ? -1 : ask_advisory(l, wait, err);
}

int pg_lease(struct store *base, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err)
{
	_cleanup_(lease_free_cleanup) struct pg_lease *l = xcalloc(1, sizeof(*l));

	l->store = (struct pg_store *)base;
	l->mode = mode;
	if (flock_lease(base, key, mode, wait, &l->local, err) < 0)
		return -1;
	if (pg_can_keep(key)) {
		l->key = xstrdup(key);
		if (take_advisory(l, wait, err) < 0)
			return -1;
	}
	*ret = &TAKE(l)->base;
	return 0;
}

/* Outside of a transaction nobody waits until the server has done it: who wants the lock tries it for longer than that. */
static void unlock(struct pg_store *s, const struct pg_lease *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *const key = l->key;

	if (!s->on_main) {
		pg_store_end_view(s);
		pg_tell(s->main, unlock_sql(l->mode), key);
	} else if (pg_ask(s->main, unlock_sql(l->mode), 1, &key, NULL, &err) < 0) {
		log_debug("store: the lock %s is not given back: %s", key, err.params[1]);
		(void)lock_failed(s);
	}
}

void pg_release(struct lease *base)
{
	struct pg_lease *l = (struct pg_lease *)base;
	struct pg_store *s = l->store;

	if (l->key)
		forget_lease(s, l);
	if (l->key && l->session == s->session && !pg_is_lost(s->main))
		unlock(s, l);
	lease_free(l);
}

/* ---- leases that were lost --------------------------------------------------------------------- */

/* Somebody who waited for the lock may have it for the moment in which he looks why he must not use it. */
static int take_again(const struct pg_store *s, struct pg_conn *c, const struct pg_lease *l,
	struct vxe_error *err)
{
	for (int i = 0; i < N_TRIES; i++) {
		_cleanup_result_ PGresult *result = NULL;
		const char *const key = l->key;

		if (i)
			clock_sleep_ms(BETWEEN_TRIES_MS);
		if (pg_ask(c, lock_sql(l->mode, false), 1, &key, &result, err) < 0)
			return -1;
		if (str_eq(pg_value(result, 0, 0), "t"))
			return 0;
	}
	return vxe_fail(err, VXE_STORE_LOST, s->base.config.where,
		"the connection was lost, and somebody else has a lock now");
}

static int find_row(const struct pg_store *s, struct pg_conn *c, const char *cls, const char *uuid,
	bool *gone, struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf("SELECT 1 FROM vxe.\"%s\" WHERE uuid = $1", cls);
	_cleanup_result_ PGresult *found = NULL;

	if (pg_ask(c, sql, 1, &uuid, &found, err) < 0)
		return -1;
	*gone = PQntuples(found) == 0;
	return *gone
		? vxe_fail(err, VXE_STORE_LOST, s->base.config.where,
			  "the connection was lost, and the operation was ended by somebody else")
		: 0;
}

static int take_all_again(
	struct pg_store *s, const char *cls, const char *uuid, bool *gone, struct vxe_error *err)
{
	_cleanup_(pg_close_cleanup) struct pg_conn *c = NULL;

	if (pg_store_connect(s, &c, err) < 0)
		return -1;
	for (const struct pg_lease *l = s->leases; l; l = l->next)
		if (take_again(s, c, l, err) < 0)
			return -1;
	if (find_row(s, c, cls, uuid, gone, err) < 0)
		return -1;
	pg_store_use(s, TAKE(c));
	for (struct pg_lease *l = s->leases; l; l = l->next)
		l->session = s->session;
	log_info("store: the connection was lost; all locks are held again");
	return 0;
}

int pg_keep_leases(struct store *base, const char *cls, const char *uuid, bool ask, bool *gone,
	struct vxe_error *err)
{
	struct pg_store *s = (struct pg_store *)base;
	_cleanup_error_ struct vxe_error failed = { 0 };

	pg_store_end_view(s);
	if (!s->leases || (ask ? pg_run(s->main, "", NULL, &failed) == 0 : !pg_has_ended(s->main)))
		return 0;
	if (!pg_is_lost(s->main) || s->on_main) {
		error_move(err, &failed);
		return -1;
	}
	error_clear(&failed);
	if (take_all_again(s, cls, uuid, gone, &failed) == 0)
		return 0;
	/* Who cannot connect is told the same: the locks are lost. */
	return vxe_fail(err, VXE_STORE_LOST, base->config.where, failed.params[1]);
}
