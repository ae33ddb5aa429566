/* SPDX-License-Identifier: MIT */
#include "objects/file_index/volumes.h"

#include "objects/base/far/far_file.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/host.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/session/session.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void volumes_clear(struct volumes *v)
{
	map_clear(&v->kept);
	volumes_begin(v);
}

void volumes_begin(struct volumes *v)
{
	map_clear(&v->now);
	strv_clear(&v->lacking);
	strv_clear(&v->why);
}

/* A word for a volume of a domain of this host, which is another one on each host of a pool. Owned. */
static char *volume_id(const struct session *s, const char *key)
{
	return uuid_derive(s->here->uuid, key);
}

/* What the record has of a volume: its file, or "?" and the file that it had before that was gone, if it had one. */
#define LACKING '?'

static bool is_lacking(const char *value)
{
	return str_is_empty(value) || *value == LACKING;
}

/* The file that the volume has by the record, if it is there, or if its mount does not say. Owned; NULL: none. */
static char *file_by_record(const char *value)
{
	const char *path = value && *value == LACKING ? value + 1 : value;
	struct stat st;

	if (str_is_empty(path))
		return NULL;
	return far_stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR) ? NULL
										: xstrdup(path);
}

static int load_host(struct session *s, struct txn *t, struct host **ret, struct vxe_error *err)
{
	void *found = NULL;

	*ret = NULL;
	if (s->here->uuid && record_find(t, &host_class, s->here->uuid, &found, err) < 0)
		return -1;
	*ret = found;
	return 0;
}

static int load_kept(struct session *s, struct volumes *v, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (v->loaded)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || load_host(s, t, &host, err) < 0)
		return -1;
	if (host)
		map_copy(&v->kept, &host->volumes);
	v->loaded = true;
	return 0;
}

static const struct hv_pool *pool_called(const struct session *s, const char *name)
{
	for (size_t i = 0; s->here->pools && i < s->here->pools->n; i++)
		if (str_eq(s->here->pools->items[i].name, name))
			return &s->here->pools->items[i];
	return NULL;
}

/* True if the volumes of the pool lie on a network, where no file of this host is. */
static bool is_remote(const struct hv_pool *p)
{
	static const char *const types[] = { "gluster", "iscsi-direct", "rbd", "sheepdog" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(p->type, types[i]))
			return true;
	return false;
}

static char *file_of(struct txn *t, const struct vdi *vdi, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	char *path = NULL;

	if (str_is_empty(vdi->node))
		return xstrdup_null(vdi->file);
	return node_find(t, vdi->node, &n, err) == 0 && n && node_path(t, n, &path, err) == 0
		? path
		: NULL;
}

/* The file that the record of the domain's disk has, if it is called as the volume is. Owned; NULL: none. */
static char *file_on_record(struct session *s, const char *domain, const struct spec_disk *disk)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, &ignored) < 0 ||
		records_load(t, &vbd_class, "vm_uuid", domain, &vbds, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

		if (!str_eq(b->target, disk->target) || str_is_empty(b->vdi) ||
			vdi_find(t, b->vdi, &vdi, &ignored) < 0 || !vdi)
			continue;
		_cleanup_free_ char *path = file_of(t, vdi, &ignored);
		const char *name = path && path[0] == '/' ? strrchr(path, '/') : NULL;

		if (name && str_eq(name, strchr(disk->path, '/')))
			return TAKE(path);
	}
	return NULL;
}

/* Notes that the domain names a volume of which no search has found the file. */
static void note_lacking(struct session *s, struct volumes *v, const char *domain, const char *key,
	const char *pool, bool inactive)
{
	const char *was = map_get(&v->kept, key);
	_cleanup_free_ char *value = xasprintf("%c%s", LACKING, was ? was + (*was == LACKING) : "");
	char *id = volume_id(s, key);

	map_set(&v->now, key, value);

	strv_take(&v->lacking, id);
	strv_take(&v->why,
		xasprintf("domain %s names pool %s, which %s", domain, pool,
			inactive ? "is not active" : "libvirt does not have"));
}

int volume_file(struct session *s, struct volumes *v, const struct domain_spec *spec,
	const struct spec_disk *disk, const char *path, char **ret, struct vxe_error *err)
{
	const char *slash = disk->path ? strchr(disk->path, '/') : NULL;
	_cleanup_free_ char *name =
		slash ? xstrndup(disk->path, (size_t)(slash - disk->path)) : NULL;
	const struct hv_pool *pool = name ? pool_called(s, name) : NULL;

	/* Another domain's volume of these names may have been another file. */
	_cleanup_free_ char *key =
		xasprintf("%s/%s", spec->uuid ? spec->uuid : "", disk->path ? disk->path : "");

	*ret = xstrdup_null(path);
	if (path && path[0] == '/')
		map_set(&v->now, key, path);
	/* A CD in the raw format is nobody's layer. */
	if (path || !name || !s->here->uuid || (pool && (pool->active || is_remote(pool))) ||
		(disk->device == DISK_CDROM && str_eq(disk->format, "raw")))
		return 0;
	if (load_kept(s, v, err) < 0)
		return -1;
	const char *kept = map_get(&v->kept, key);
	_cleanup_free_ char *by_disk =
		str_is_empty(kept) ? file_on_record(s, spec->uuid, disk) : NULL;

	*ret = file_by_record(by_disk ? by_disk : kept);
	if (*ret)
		map_set(&v->now, key, *ret);
	else
		note_lacking(s, v, spec->name, key, name, pool != NULL);
	return 0;
}

/* ---- on record ------------------------------------------------------------------------------- */

static bool has_all(const struct map *in, const struct map *of)
{
	for (size_t i = 0; i < of->n; i++)
		if (!str_eq(map_get(in, of->items[i].key), of->items[i].value))
			return false;
	return true;
}

static int put_volumes(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct host *with = ctx;
	void *found = NULL;

	if (record_find(t, &host_class, with->r.uuid, &found, err) < 0)
		return -1;
	_cleanup_(host_free_cleanup) struct host *host = found;

	if (!host)
		return 0;
	map_copy(&host->volumes, &with->volumes);
	return record_save(t, &host_class, host, err);
}

void volumes_keep(struct session *s, struct volumes *v, bool all)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_(host_free_cleanup) struct host *with = NULL;

	if (s->wishes->dry_run || (!v->now.n && !(all && v->loaded)) || !s->here->uuid)
		return;
	if (load_kept(s, v, &failed) == 0 &&
		(!has_all(&v->kept, &v->now) || (all && v->kept.n > v->now.n))) {
		with = record_new(&host_class);
		str_replace(&with->r.uuid, s->here->uuid);
		if (!all)
			map_copy(&with->volumes, &v->kept);
		for (size_t i = 0; i < v->now.n; i++)
			map_set(&with->volumes, v->now.items[i].key, v->now.items[i].value);
		if (store_update(s->store, put_volumes, with, &failed) == 0)
			map_copy(&v->kept, &with->volumes);
	}
	if (failed.code)
		log_info("the files of volumes are not kept: %s", code_info(failed.code)->name);
}

int volumes_lacking(struct session *s, struct txn *t, struct strv *ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (load_host(s, t, &host, err) < 0)
		return -1;
	for (size_t i = 0; host && i < host->volumes.n; i++)
		if (is_lacking(host->volumes.items[i].value))
			strv_take(ret, volume_id(s, host->volumes.items[i].key));
	return 0;
}
