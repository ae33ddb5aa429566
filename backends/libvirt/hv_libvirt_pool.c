/* SPDX-License-Identifier: MIT */
/* Networks and storage pools of libvirt. A daemon without these drivers has none. */
#include "backends/libvirt/hv_libvirt.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

DEFINE_CLEANUP(virStoragePoolPtr, virStoragePoolFree)
#define _cleanup_pool_ _cleanup_(virStoragePoolFree_cleanup)

static bool has_no_driver(void)
{
	return libvirt_last_error_is(VIR_ERR_NO_SUPPORT);
}

/*
 * Makes the error of a pool or network that could not be defined. @driver: name of the libvirt driver that is
 * needed, after which its package is called.
 */
static int fail_making(struct vxe_error *err, const char *operation, const char *driver)
{
	if (!has_no_driver())
		return libvirt_fail(err, operation);
	_cleanup_free_ char *why = xasprintf("%s; libvirt's %s driver is not installed: Debian 13 "
					     "and later have it in the package "
					     "libvirt-daemon-driver-%s",
		virGetLastErrorMessage(), driver, driver);

	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, why);
}

/* ---- networks ------------------------------------------------------------------------------- */

static struct hv_network network_fact(virNetworkPtr net)
{
	char uuid[VIR_UUID_STRING_BUFLEN] = "";

	(void)virNetworkGetUUIDString(net, uuid);
	return (struct hv_network){
		.uuid = xstrdup(uuid),
		.name = xstrdup(virNetworkGetName(net)),
		.bridge = virNetworkGetBridgeName(net), /* NULL: it has no bridge */
		.active = virNetworkIsActive(net) > 0,
	};
}

static int libvirt_networks(struct hv *h, struct hv_networks *ret, struct vxe_error *err)
{
	virNetworkPtr *list = NULL;
	int n = virConnectListAllNetworks(conn_of(h), &list, 0);

	*ret = (struct hv_networks){ .unknown = n < 0 };
	if (n < 0)
		return has_no_driver() ? 0 : libvirt_fail(err, "networks");
	ret->items = xcalloc((size_t)n, sizeof(*ret->items));
	for (; ret->n < (size_t)n; ret->n++) {
		ret->items[ret->n] = network_fact(list[ret->n]);
		virNetworkFree(list[ret->n]);
	}
	free(list);
	return 0;
}

/* ---- pools ---------------------------------------------------------------------------------- */

static bool is_among(const char *type, const char *const *types)
{
	while (*types && !str_eq(*types, type))
		types++;
	return *types != NULL;
}

/*
 * Reads where the volumes of a pool are: by name in the folder of its target, at paths of their own, or (rbd,
 * gluster) not on this host.
 */
static void read_target(virStoragePoolPtr pool, const xmlNode *root, struct hv_pool *p)
{
	static const char *const folders[] = { "dir", "fs", "netfs", NULL };
	static const char *const named[] = { "logical", "zfs", "vstorage", NULL };
	static const char *const listed[] = { "disk", "iscsi", "scsi", "mpath", NULL };

	if (is_among(p->type, folders))
		p->path = tree_get(root, "target/path");
	else if (is_among(p->type, named))
		p->names = tree_get(root, "target/path");
	else if (is_among(p->type, listed) && p->active) {
		/* Lists the volumes; a pool that has stopped meanwhile has none. */
		virStorageVolPtr *list = NULL;
		int n = virStoragePoolListAllVolumes(pool, &list, 0);

		for (int i = 0; i < n; i++) {
			_cleanup_free_ char *path = virStorageVolGetPath(list[i]);

			if (path)
				map_set(&p->volumes, virStorageVolGetName(list[i]), path);
			virStorageVolFree(list[i]);
		}
		free(list);
	}
	p->device = tree_get(root, "source/device@path");
	p->host = tree_get(root, "source/host@name");
	p->folder = tree_get(root, "source/dir@path");
}

/* Reads the facts of a storage pool. Returns 1: read, 0: the pool does not exist any more, -1: failure. */
static int pool_fact(virStoragePoolPtr pool, struct hv_pool *ret, struct vxe_error *err)
{
	char uuid[VIR_UUID_STRING_BUFLEN] = "";
	_cleanup_free_ char *xml = virStoragePoolGetXMLDesc(pool, 0);
	_cleanup_doc_ xmlDoc *doc = NULL;

	if (!xml)
		return libvirt_last_error_is(VIR_ERR_NO_STORAGE_POOL) ? 0
								      : libvirt_fail(err, "pools");
	doc = tree_parse(xml, "pool", err);
	if (!doc)
		return -1;
	(void)virStoragePoolGetUUIDString(pool, uuid);
	*ret = (struct hv_pool){
		.uuid = xstrdup(uuid),
		.name = xstrdup(virStoragePoolGetName(pool)),
		.type = tree_get(tree_root(doc), "@type"),
		.active = virStoragePoolIsActive(pool) > 0,
	};
	read_target(pool, tree_root(doc), ret);
	return 1;
}

static int libvirt_pools(struct hv *h, struct hv_pools *ret, struct vxe_error *err)
{
	virStoragePoolPtr *list = NULL;
	int rc = 0, n = virConnectListAllStoragePools(conn_of(h), &list, 0);
	struct hv_pools found = { 0 };

	*ret = found;
	if (n < 0)
		return has_no_driver() ? 0 : libvirt_fail(err, "pools");
	found.items = xcalloc((size_t)n, sizeof(*found.items));
	for (int i = 0; i < n; i++) {
		if (rc >= 0)
			rc = pool_fact(list[i], &found.items[found.n], err);
		if (rc > 0)
			found.n++;
		virStoragePoolFree(list[i]);
	}
	free(list);
	if (rc < 0) {
		hv_pools_clear(&found);
		return -1;
	}
	*ret = found;
	return 0;
}

static char *pool_xml(const struct hv_pool *pool)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("pool");
	xmlNode *root = tree_root(doc);

	tree_set(root, "@type", pool->type ? pool->type : "dir");
	tree_set(root, "name", pool->name);
	tree_set(root, "uuid", pool->uuid);
	if (pool->device) {
		tree_set(root, "source/device@path", pool->device);
		tree_set(root, "source/format@type", "ext4");
	} else if (pool->host) {
		tree_set(root, "source/host@name", pool->host);
		tree_set(root, "source/dir@path", pool->folder);
		tree_set(root, "source/format@type", "nfs");
	}
	tree_set(root, "target/path", pool->path);
	return tree_dump(doc);
}

static virStoragePoolPtr define_pool(
	struct hv *h, const struct hv_pool *pool, struct vxe_error *err)
{
	_cleanup_free_ char *xml = pool_xml(pool);
	virStoragePoolPtr p = virStoragePoolDefineXML(conn_of(h), xml, 0);

	if (!p)
		(void)fail_making(err, "define pool", "storage");
	return p;
}

static bool same_source(const struct hv_pool *a, const struct hv_pool *b)
{
	return str_eq(a->device, b->device) && str_eq(a->host, b->host) &&
		str_eq(a->folder, b->folder);
}

static bool is_gone(const char *path)
{
	struct stat st;

	return path && far_stat(path, &st) < 0 && errno == ENOENT;
}

/*
 * The storage pool of this name; defines it if there is none. A pool of this name with another directory is refused.
 * Only if it has the same UUID, is not active, and its directory has gone or is that of another source, is it
 * defined anew: then its directory or source has changed.
 */
static virStoragePoolPtr pool_ensure(
	struct hv *h, const struct hv_pool *pool, struct vxe_error *err)
{
	_cleanup_pool_ virStoragePoolPtr p = virStoragePoolLookupByName(conn_of(h), pool->name);
	struct hv_pool have = { 0 };

	if (!p)
		return define_pool(h, pool, err);
	int rc = pool_fact(p, &have, err);
	if (rc == 0)
		libvirt_fail(err, "define pool");
	if (rc <= 0)
		return NULL;
	bool there = file_is_same(have.path, pool->path);
	_cleanup_free_ char *why =
		xasprintf("pool '%s' is the directory %s", pool->name, have.path ? have.path : "?");
	bool moved = str_eq(have.uuid, pool->uuid) && !have.active &&
		(there ? !same_source(&have, pool) : is_gone(have.path));

	hv_pool_clear(&have);
	if (moved)
		return define_pool(h, pool, err);
	if (there)
		return TAKE(p);
	vxe_fail(err, VXE_HYPERVISOR_FAILED, "define pool", why);
	return NULL;
}

static int libvirt_pool_define(struct hv *h, const struct hv_pool *pool, struct vxe_error *err)
{
	_cleanup_pool_ virStoragePoolPtr p = pool_ensure(h, pool, err);

	if (!p)
		return -1;
	if (virStoragePoolIsActive(p) == 0 && virStoragePoolCreate(p, 0) < 0) {
		_cleanup_free_ char *why = xstrdup(virGetLastErrorMessage());

		/* Another program may have started the pool meanwhile. */
		if (virStoragePoolIsActive(p) <= 0)
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "start pool", why);
	}
	if (virStoragePoolSetAutostart(p, 1) < 0)
		return libvirt_fail(err, "define pool");
	return 0;
}

static int libvirt_pool_stop(struct hv *h, const char *name, bool undefine, struct vxe_error *err)
{
	_cleanup_pool_ virStoragePoolPtr p = virStoragePoolLookupByName(conn_of(h), name);

	if (!p)
		return libvirt_last_error_is(VIR_ERR_NO_STORAGE_POOL) || has_no_driver()
			? 0
			: libvirt_fail(err, "stop pool");
	if (virStoragePoolIsActive(p) > 0 && virStoragePoolDestroy(p) < 0 &&
		virStoragePoolIsActive(p) > 0)
		return libvirt_fail(err, "stop pool");
	if (!undefine)
		return virStoragePoolSetAutostart(p, 0) < 0 ? libvirt_fail(err, "stop pool") : 0;
	if (virStoragePoolUndefine(p) < 0 && !libvirt_last_error_is(VIR_ERR_NO_STORAGE_POOL))
		return libvirt_fail(err, "undefine pool");
	return 0;
}

/* ---- vxe's own networks ---------------------------------------------------------------------- */

DEFINE_CLEANUP(virNetworkPtr, virNetworkFree)
#define _cleanup_network_ _cleanup_(virNetworkFree_cleanup)

static char *network_xml(const struct hv_network *net)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("network");
	xmlNode *root = tree_root(doc);

	tree_set(root, "name", net->name);
	tree_set(root, "uuid", net->uuid);
	if (net->bridge)
		tree_set(root, "bridge@name", net->bridge);
	return tree_dump(doc);
}

static int libvirt_network_define(struct hv *h, const struct hv_network *net, struct vxe_error *err)
{
	_cleanup_network_ virNetworkPtr n = virNetworkLookupByUUIDString(conn_of(h), net->uuid);
	_cleanup_free_ char *xml = network_xml(net);

	if (!n)
		n = virNetworkDefineXML(conn_of(h), xml);
	if (!n)
		return fail_making(err, "define network", "network");
	if (virNetworkIsActive(n) == 0 && virNetworkCreate(n) < 0) {
		_cleanup_free_ char *why = xstrdup(virGetLastErrorMessage());

		if (virNetworkIsActive(n) <= 0)
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "start network", why);
	}
	return virNetworkSetAutostart(n, 1) < 0 ? libvirt_fail(err, "define network") : 0;
}

static int libvirt_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err)
{
	_cleanup_network_ virNetworkPtr n = virNetworkLookupByUUIDString(conn_of(h), uuid);

	if (!n)
		return libvirt_last_error_is(VIR_ERR_NO_NETWORK) || has_no_driver()
			? 0
			: libvirt_fail(err, "undefine network");
	if (virNetworkIsActive(n) > 0 && virNetworkDestroy(n) < 0) {
		_cleanup_free_ char *why = xstrdup(virGetLastErrorMessage());

		if (virNetworkIsActive(n) > 0)
			return vxe_fail(err, VXE_HYPERVISOR_FAILED, "stop network", why);
	}
	if (virNetworkUndefine(n) < 0 && !libvirt_last_error_is(VIR_ERR_NO_NETWORK))
		return libvirt_fail(err, "undefine network");
	return 0;
}

const struct hv_pool_ops libvirt_pool_ops = {
	.pools = libvirt_pools,
	.pool_define = libvirt_pool_define,
	.pool_stop = libvirt_pool_stop,
};

const struct hv_network_ops libvirt_network_ops = {
	.networks = libvirt_networks,
	.network_define = libvirt_network_define,
	.network_undefine = libvirt_network_undefine,
};
