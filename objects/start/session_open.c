/* SPDX-License-Identifier: MIT */
/* Opens a session's store, and checks that the store and the hypervisor belong together. */
#include "objects/start/session_open.h"

#include "backends/child/module.h"
#include "objects/base/uri.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/pool.h"
#include "objects/start/first_use.h"
#include "objects/start/own_records.h"
#include "objects/start/pool_mark.h"
#include "objects/file_index/definition_files.h"
#include "objects/model/json.h"
#include "store/postgresql/store_postgresql.h"

#include <errno.h>
#include <unistd.h>

static int take_uuid(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	strv_add(ctx, uuid);
	return 0;
}

/* What a store says of itself. */
struct identity {
	struct strv pools, hosts;
	int64_t n_hosts;
	char *move; /* of the pool's record */
	int64_t generation;
};

static void identity_clear(struct identity *i)
{
	strv_clear(&i->pools);
	strv_clear(&i->hosts);
	free(i->move);
}

static int take_pool(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct identity *i = ctx;

	str_replace(&i->move, values[0]);
	return take_uuid(&i->pools, uuid, values, err);
}

static const char *const pool_columns[] = { "move", NULL };

static int scan_pools(struct txn *t, struct identity *ret, struct vxe_error *err)
{
	return txn_scan(t, pool_class.name, pool_columns, take_pool, ret, err);
}

/* A record that cannot be read is none here: what names one of those stores is then taken for somebody else's. */
void session_former_stores(const struct session *s, struct strv *ret)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(host_free_cleanup) struct host *h = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, &ignored) == 0 &&
		host_find(t, s->here->uuid, &h, &ignored) == 0 && h)
		strv_copy(ret, &h->former_stores);
}

/* The hosts, and how many there are; of a pool, in which that may be many, this one alone. */
static int load_hosts(struct session *s, struct txn *t, struct identity *ret, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_json_ struct json_object *own = NULL;

	if (!s->config.host) {
		if (txn_scan(t, host_class.name, none, take_uuid, &ret->hosts, err) < 0)
			return -1;
		ret->n_hosts = (int64_t)ret->hosts.n;
		return 0;
	}
	if (txn_count(t, host_class.name, &ret->n_hosts, err) < 0 ||
		txn_get(t, host_class.name, s->config.host, &own, NULL, err) < 0)
		return -1;
	if (own)
		strv_add(&ret->hosts, s->config.host);
	return 0;
}

static int load_identity(struct session *s, struct identity *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0 ||
			txn_generation(t, &ret->generation, err) < 0 ||
			scan_pools(t, ret, err) < 0 || load_hosts(s, t, ret, err) < 0
		? -1
		: 0;
}

/* ---- a host whose records were moved to a pool ------------------------------------------------ */

/* Refuses to write to a store whose records are on their way to a pool since this vxe has opened it. */
static int refuse_moved(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(identity_clear) struct identity i = { 0 };

	(void)ctx;
	if (scan_pools(t, &i, err) < 0)
		return -1;
	return str_is_empty(i.move)
		? 0
		: vxe_fail(err, VXE_TRY_AGAIN, "records", "they are moved to a pool meanwhile");
}

/* Refuses to write to the store of a pool that this host has left after this vxe has opened it. */
static int refuse_left(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct session *s = ctx;
	_cleanup_json_ struct json_object *doc = NULL;

	if (txn_get(t, host_class.name, s->mark.host, &doc, NULL, err) < 0)
		return -1;
	return doc
		? 0
		: vxe_fail(err, VXE_TRY_AGAIN, "records", "the host has left the pool meanwhile");
}

static int load_anew(struct session *s, struct identity *ret, struct vxe_error *err)
{
	identity_clear(ret);
	*ret = (struct identity){ 0 };
	return load_identity(s, ret, err);
}

/* Waits for no mover; one that was killed is replaced (objects/start/own_records.h). */
static int end_move(struct session *s, struct identity *ret, struct vxe_error *err)
{
	struct lease *lease = NULL;

	if (store_lease(s->store, MOVE_LEASE, LEASE_EXCLUSIVE, false, &lease, err) < 0)
		return -1;
	int rc = load_anew(s, ret, err);
	bool away;

	/* it may have ended meanwhile */
	if (rc == 0 && str_eq(ret->move, POOL_MOVING))
		rc = own_records_settle(&s->config, s->config.store, s->store, &away, err) < 0
			? -1
			: load_anew(s, ret, err);
	store_release(lease);
	return rc;
}

static int open_store(struct session *s, struct vxe_error *err);

/* Closes the host's own store and opens the one that the mark beside it names. */
static int follow_mark(struct session *s, struct identity *ret, struct vxe_error *err)
{
	if (pool_mark_read(s->config.store, &s->mark, err) < 0)
		return -1;
	store_close(TAKE(s->store));
	s->mark.dir = s->config.pool_dir = s->config.store;
	s->config.store = s->mark.store;
	s->config.host = s->mark.host;
	return open_store(s, err) < 0 ? -1 : load_anew(s, ret, err);
}

static int fail_unknown_host(const struct session *s, const char *host, struct vxe_error *err)
{
	_cleanup_free_ char *shown = uri_shown(s->config.store);

	return vxe_fail(err, VXE_NOT_IN_POOL, shown, host ? host : "");
}

/*
 * Reads the UUIDs of the store and of this host in it; both stay NULL while the store is new. If the records were moved
 * to a pool, its store takes the place of this one.
 */
static int read_identity(struct session *s, struct vxe_error *err)
{
	_cleanup_(identity_clear) struct identity i = { 0 };

	if (load_identity(s, &i, err) < 0)
		return -1;
	if (str_eq(i.move, POOL_MOVING) && end_move(s, &i, err) < 0)
		return -1;
	if (str_eq(i.move, POOL_AWAY) && follow_mark(s, &i, err) < 0)
		return -1;
	const char *own = s->config.host;

	if (!s->mark.store)
		store_guard_writes(s->store, i.generation, refuse_moved, NULL);
	else
		store_guard_writes(s->store, i.generation, refuse_left, s);
	if (!i.pools.n)
		return s->mark.store ? fail_unknown_host(s, own, err) : 0;
	if (!own && i.hosts.n == 1)
		own = i.hosts.items[0];
	if (own ? !strv_has(&i.hosts, own) : i.n_hosts)
		return fail_unknown_host(s, own, err);
	str_replace(&s->store_uuid, i.pools.items[0]);
	str_replace(&s->here->uuid, own);
	s->pool_size = (size_t)i.n_hosts;
	return 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

/*
 * Compares libvirt's host with the host on record after a connection was made, or fills a new store. A store that was
 * new when this vxe opened it is read again first, because another vxe may have filled it since.
 */
int session_bind(struct session *s, struct vxe_error *err)
{
	_cleanup_free_ char *libvirt = files_libvirt(s);

	if (!s->store_uuid && read_identity(s, err) < 0)
		return -1;
	if (!s->store_uuid &&
		(host_check_files(s, s->here->hv, err) < 0 || first_use(s, err) < 0 ||
			read_identity(s, err) < 0))
		return -1;
	return host_check(s, libvirt, err);
}

/* Of the program it is NULL, as the engine is in a module; test programs may be linked with the engine. */
extern const struct store_ops store_postgresql_ops __attribute__((weak));

/* A folder is a store of SQLite; the engine for the URI of a database is loaded here, and nowhere else. */
static int choose_engine(const struct session_config *c, const char *where,
	const struct store_ops **ret, struct vxe_error *err)
{
	const char *why = NULL;

	*ret = c->engine ? c->engine : &store_sqlite_ops;
	if (c->engine || !uri_is_database(where))
		return 0;
	*ret = &store_postgresql_ops;
	if (!*ret)
		*ret = module_symbol(POSTGRESQL_MODULE_FILE, POSTGRESQL_MODULE_SYMBOL, &why);
	if (*ret)
		return 0;
	_cleanup_free_ char *shown = uri_shown(where);
	_cleanup_free_ char *reason = xasprintf("the module for PostgreSQL: %s", why);

	return vxe_fail(err, VXE_STORE_UNUSABLE, shown, reason);
}

/*
 * Tries to connect to the hypervisor before a new store is made, because the store is filled with what the hypervisor
 * says, and would otherwise be left empty.
 */
static int try_hypervisor(const struct session_config *c, struct vxe_error *err)
{
	_cleanup_free_ char *path = c->store ? xasprintf("%s/" STORE_FILE, c->store) : NULL;
	struct hv *hv = NULL;

	if (!path || c->engine || uri_is_database(c->store) || (!c->hypervisor && !c->connect) ||
		access(path, F_OK) == 0 || errno != ENOENT)
		return 0;
	if (hv_open(&hv, c->hypervisor, c->connect, err) < 0)
		return -1;
	hv_close(hv);
	return 0;
}

int store_open_at(struct store **ret, const struct session_config *c, const char *where,
	bool readonly, struct vxe_error *err)
{
	const struct store_ops *engine = NULL;
	struct store_config at = { .where = where,
		.classes = class_store_columns(),
		.lock_dir = c->lock_dir,
		.readonly = readonly,
		.keep_dir = uri_is_database(where) ? c->pool_dir : NULL,
		.reconcile = c->reconcile,
		.answered = c->answered };

	return choose_engine(c, where, &engine, err) < 0 ? -1 : store_open(ret, engine, &at, err);
}

static int open_store(struct session *s, struct vxe_error *err)
{
	const struct store_question identity[] = {
		{ pool_class.name, .columns = pool_columns },
		{ .cls = host_class.name },
		{ host_class.name, .uuid = s->config.host },
	};

	if (store_open_at(&s->store, &s->config, s->config.store, s->config.readonly, err) < 0)
		return -1;
	store_foresee(s->store, identity, s->config.host ? ARRAY_LEN(identity) : 1);
	return 0;
}

int session_open(struct session **ret, const struct session_config *config, struct vxe_error *err)
{
	_cleanup_session_ struct session *s = session_new(config);

	if (try_hypervisor(config, err) < 0 || open_store(s, err) < 0 || read_identity(s, err) < 0)
		return -1;
	*ret = TAKE(s);
	return 0;
}
