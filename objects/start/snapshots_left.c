/* SPDX-License-Identifier: MIT */
/* Counts the VMs whose snapshots mean nothing without the program. */
#include "objects/start/snapshots_left.h"

#include <sys/stat.h>

#include "objects/base/uri.h"
#include "objects/classes/vm/vm.h"
#include "objects/start/session_open.h"

static bool is_of_host(const struct session *s, const struct records *all, const char *uuid)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(((const struct vm *)all->items[i])->r.uuid, uuid))
			return session_is_here(s, ((const struct vm *)all->items[i])->home);
	return false;
}

int snapshots_left(
	const struct session_config *config, size_t *ret, char **where, struct vxe_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" STORE_FILE, config->store);
	_cleanup_session_ struct session *s = NULL;
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_strv_ struct strv vms = { 0 };
	struct stat st;

	*ret = 0;
	if (!uri_is_database(config->store) && stat(path, &st) < 0)
		return 0;
	if (session_open(&s, config, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *vm = all.items[i];

		if (vm->is_a_snapshot && str_is_empty(vm->libvirt_snapshot) &&
			is_of_host(s, &all, vm->snapshot_of) && !strv_has(&vms, vm->snapshot_of))
			strv_add(&vms, vm->snapshot_of);
	}
	*ret = vms.n;
	*where = uri_shown(s->config.store);
	return 0;
}
