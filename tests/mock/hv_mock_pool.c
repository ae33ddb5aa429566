/* SPDX-License-Identifier: MIT */
/* The mock's slots about pools and networks. */
#include "tests/mock/hv_mock.h"

#include "objects/base/file_key.h"
#include "objects/base/uuid.h"
#include "tests/mock/hv_mock_impl.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- pools ---------------------------------------------------------------------------------- */

static int mock_pools(struct hv *h, struct hv_pools *ret, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	if (mock_enter(mock_of(h), SLOT_POOLS, err) < 0)
		return -1;
	*ret = (struct hv_pools){ 0 };
	for (size_t i = 0; i < m->pools.n; i++)
		mock_copy_pool(ret, &m->pools.items[i]);
	return 0;
}

static struct hv_pool *find_pool(const struct hv_mock *m, const char *name)
{
	for (size_t i = 0; i < m->pools.n; i++)
		if (str_eq(m->pools.items[i].name, name))
			return &m->pools.items[i];
	return NULL;
}

static int check_pool(const struct hv_mock *m, const struct hv_pool *pool, struct vxe_error *err)
{
	for (size_t i = 0; i < m->pools.n; i++) {
		const struct hv_pool *p = &m->pools.items[i];

		if (pool->uuid && str_eq(p->uuid, pool->uuid))
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "define pool",
				"a pool is already defined with this uuid");
		if (p->path && str_eq(p->path, pool->path))
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "define pool",
				"Storage source conflict with another pool");
	}
	return 0;
}

static struct hv_pool *ensure_pool(
	struct hv_mock *m, const struct hv_pool *pool, struct vxe_error *err)
{
	struct hv_pool *have = find_pool(m, pool->name);

	if (have && file_is_same(have->path, pool->path))
		return have;
	if (have && !have->active && str_eq(have->uuid, pool->uuid) &&
		access(have->path, F_OK) < 0) {
		str_replace(&have->path, pool->path);
		return have;
	}
	if (have)
		vxe_fail(
			err, VXE_HYPERVISOR_FAILED, "define pool", "the pool is another directory");
	if (have || check_pool(m, pool, err) < 0)
		return NULL;
	_cleanup_free_ char *uuid = pool->uuid ? xstrdup(pool->uuid) : uuid_new();
	struct hv_pool made = *pool;

	made.uuid = uuid;
	made.active = false;
	mock_copy_pool(&m->pools, &made);
	return find_pool(m, pool->name);
}

static int mock_pool_define(struct hv *h, const struct hv_pool *pool, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);
	struct stat st;

	if (mock_enter(m, SLOT_POOL_DEFINE, err) < 0)
		return -1;
	struct hv_pool *p = ensure_pool(m, pool, err);
	if (!p)
		return -1;
	if (!p->active && (stat(pool->path, &st) < 0 || !S_ISDIR(st.st_mode)))
		return vxe_fail(
			err, VXE_HYPERVISOR_FAILED, "start pool", "cannot open the directory");
	p->active = true;
	return mock_leave(m, SLOT_POOL_DEFINE, err);
}

/* The kernel unmounts nothing in which a file is open; where libvirt would not unmount, vxe closes what it has, too. */
static bool is_in_use(const struct hv_pool *p)
{
	_cleanup_dir_ DIR *d = opendir("/proc/self/fd");
	_cleanup_free_ char *folder = realpath(p->path, NULL);
	const struct dirent *e;
	char target[PATH_MAX];

	while (folder && d && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

		target[n < 0 ? 0 : n] = '\0';
		if (str_starts(target, folder) && target[strlen(folder)] == '/')
			return true;
	}
	return false;
}

static int mock_pool_stop(struct hv *h, const char *name, bool undefine, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_POOL_STOP, err) < 0)
		return -1;
	struct hv_pool *p = find_pool(m, name);
	if (p && is_in_use(p))
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "stop the pool", "target is busy");
	if (p)
		p->active = false;
	if (p && undefine) {
		hv_pool_clear(p);
		*p = m->pools.items[--m->pools.n];
	}
	return mock_leave(m, SLOT_POOL_STOP, err);
}

const struct hv_pool_ops mock_pool_ops = {
	.pools = mock_pools,
	.pool_define = mock_pool_define,
	.pool_stop = mock_pool_stop,
};

/* ---- networks ------------------------------------------------------------------------------- */

static int mock_networks(struct hv *h, struct hv_networks *ret, struct vxe_error *err)
{
	const struct hv_mock *m = mock_of(h);

	if (mock_enter(mock_of(h), SLOT_NETWORKS, err) < 0)
		return -1;
	*ret = (struct hv_networks){ 0 };
	for (size_t i = 0; i < m->networks.n; i++)
		mock_copy_network(ret, &m->networks.items[i]);
	return 0;
}

static struct hv_network *find_network(const struct hv_mock *m, const char *uuid)
{
	for (size_t i = 0; i < m->networks.n; i++)
		if (str_eq(m->networks.items[i].uuid, uuid))
			return &m->networks.items[i];
	return NULL;
}

static struct hv_network *find_network_name(const struct hv_mock *m, const char *name)
{
	for (size_t i = 0; i < m->networks.n; i++)
		if (str_eq(m->networks.items[i].name, name))
			return &m->networks.items[i];
	return NULL;
}

int mock_check_network(const struct hv_mock *m, const struct spec_nic *nic, const char *operation,
	struct vxe_error *err)
{
	if (!str_eq(nic->type, "network"))
		return 0;
	const struct hv_network *n = find_network_name(m, nic->source);

	if (n && n->active)
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation,
		n ? "network is not active" : "Network not found: no network with matching name");
}

static int mock_network_define(struct hv *h, const struct hv_network *net, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_NETWORK_DEFINE, err) < 0)
		return -1;
	if (!find_network(m, net->uuid)) {
		_cleanup_free_ char *bridge =
			net->bridge ? xstrdup(net->bridge) : xasprintf("virbr%zu", m->networks.n);
		struct hv_network made = *net;

		if (find_network_name(m, net->name))
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "define network",
				"network already exists with another uuid");
		made.bridge = bridge;
		mock_copy_network(&m->networks, &made);
	}
	find_network(m, net->uuid)->active = true;
	return mock_leave(m, SLOT_NETWORK_DEFINE, err);
}

static int mock_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_NETWORK_UNDEFINE, err) < 0)
		return -1;
	struct hv_network *net = find_network(m, uuid);
	if (net) {
		free(net->uuid);
		free(net->name);
		free(net->bridge);
		*net = m->networks.items[--m->networks.n];
	}
	return mock_leave(m, SLOT_NETWORK_UNDEFINE, err);
}

const struct hv_network_ops mock_network_ops = {
	.networks = mock_networks,
	.network_define = mock_network_define,
	.network_undefine = mock_network_undefine,
};
