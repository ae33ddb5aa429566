/* SPDX-License-Identifier: MIT */
/* Opens a session's store, and checks that the store and the hypervisor belong together. */
#include "objects/start/session_open.h"

#include "backends/child/module.h"
#include "objects/base/uri.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/pool.h"
#include "objects/start/first_use.h"
#include "objects/file_index/definition_files.h"
#include "store/postgresql/store_postgresql.h"

#include <errno.h>
#include <unistd.h>

static int take_uuid(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	strv_add(ctx, uuid);
	return 0;
}

/* Reads the UUIDs of the store and of this host in it; both stay NULL while the store is new. */
static int read_identity(struct session *s, struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_strv_ struct strv pools = { 0 }, hosts = { 0 };
	const char *own = s->config.host;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		txn_scan(t, pool_class.name, none, take_uuid, &pools, err) < 0 ||
		txn_scan(t, host_class.name, none, take_uuid, &hosts, err) < 0)
		return -1;
	if (!pools.n)
		return 0;
	if (!own && hosts.n == 1)
		own = hosts.items[0];
	if (own ? !strv_has(&hosts, own) : hosts.n)
		return vxe_fail(err, VXE_NOT_IN_POOL, s->config.store, own ? own : "");
	str_replace(&s->store_uuid, pools.items[0]);
	str_replace(&s->here->uuid, own);
	s->pool_size = hosts.n;
	return 0;
}

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
static int choose_engine(
	const struct session_config *c, const struct store_ops **ret, struct vxe_error *err)
{
	const char *why = NULL;

	*ret = c->engine ? c->engine : &store_sqlite_ops;
	if (c->engine || !uri_is_database(c->store))
		return 0;
	*ret = &store_postgresql_ops;
	if (!*ret)
		*ret = module_symbol(POSTGRESQL_MODULE_FILE, POSTGRESQL_MODULE_SYMBOL, &why);
	if (*ret)
		return 0;
	_cleanup_free_ char *shown = uri_shown(c->store);
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

int session_open(struct session **ret, const struct session_config *config, struct vxe_error *err)
{
	_cleanup_session_ struct session *s = session_new(config);
	const struct store_ops *engine = NULL;
	struct store_config where = { .where = config->store,
		.classes = class_store_columns(),
		.lock_dir = config->lock_dir };

	if (choose_engine(config, &engine, err) < 0 || try_hypervisor(config, err) < 0 ||
		store_open(&s->store, engine, &where, err) < 0 || read_identity(s, err) < 0)
		return -1;
	*ret = TAKE(s);
	return 0;
}
