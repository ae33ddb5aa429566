/* SPDX-License-Identifier: MIT */
/*
 * Finds or makes the SRs of files that were made without vxe: the SR of the libvirt pool that contains the file, else
 * one for the file's directory; block devices and ISOs have SRs of their own types.
 */
#include "objects/domain/adopt_sr.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/pbd.h"
#include "objects/domain/adopt_disk.h"

#include <stdlib.h>
#include <string.h>

struct place {
	const struct sr_type *type;
	char *dir;
	/* libvirt's storage pool that contains the directory; NULL: none */
	const struct hv_pool *pool;
};

static const struct hv_pool *pool_of(const struct session *s, const char *dir)
{
	for (size_t i = 0; s->here->pools && i < s->here->pools->n; i++) {
		const struct hv_pool *p = &s->here->pools->items[i];

		if (p->path && file_is_same(p->path, dir))
			return p;
	}
	return NULL;
}

/* Finds the SR of a directory of this host. ISOs get an SR of their own even beside disks, because an SR has one content type. */
static int find_sr_of_place(
	struct session *s, struct txn *t, const struct place *p, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records known = { 0 };

	*ret = NULL;
	if (srs_here(s, t, &known, err) < 0)
		return -1;
	for (size_t i = 0; i < known.n && !*ret; i++) {
		const struct sr *sr = known.items[i];

		/* An SR with this directory counts, however the two paths are written. */
		if (!str_is_empty(sr->path) && file_is_same(sr->path, p->dir) &&
			(sr_content(sr) == SR_CDS) == (p->type->content == SR_CDS))
			*ret = xstrdup(sr->r.uuid);
	}
	return 0;
}

static int make_sr(
	struct session *s, struct txn *t, const struct place *p, char **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	_cleanup_free_ char *name = xasprintf("sr:%s:%s", p->type->name, p->dir);
	_cleanup_map_ struct map config = { 0 };
	bool taken = false;

	if (p->pool && record_taken(t, &sr_class, p->pool->uuid, &taken, err) < 0)
		return -1;
	if (p->pool && !taken)
		sr->r.uuid = xstrdup(p->pool->uuid);
	else if (adopt_uuid(t, &sr_class, s->here->uuid, name, &sr->r.uuid, err) < 0)
		return -1;
	free(sr->name_label);
	sr->name_label =
		p->pool ? xstrdup(p->pool->name) : xasprintf("%s %s", p->type->found_label, p->dir);
	str_replace(&sr->type, sr_type_found(p->type->content, p->pool)->name);
	str_replace(&sr->content_type, p->type->content_type);
	str_replace(&sr->path, p->dir);
	str_replace(&sr->pool_name, p->pool ? p->pool->name : "");
	sr->adopted = true;
	*ret = xstrdup(sr->r.uuid);
	map_set(&config, "location", p->dir);
	if (pbd_put(t, s->here->uuid, sr->r.uuid, &config, err) < 0)
		return -1;
	return record_add(t, &sr_class, sr, err);
}

/* The path of a directory without "." and "..", which the paths of all its files would have, too. Owned. */
static char *plain_dir(char *dir)
{
	_cleanup_free_ char *whole = xasprintf("%s/", dir);
	bool plain_already =
		!strstr(whole, "/./") && !strstr(whole, "/../") && !strstr(whole, "//");
	char *plain = plain_already || far_answers(dir) < 0 ? NULL : realpath(dir, NULL);

	if (!plain)
		return dir;
	free(dir);
	return plain;
}

int adopt_sr(struct session *s, struct txn *t, const char *path, bool iso, char **sr, char **rest,
	struct vxe_error *err)
{
	bool dev = str_starts(path, "/dev/") && file_is_device(path);
	const char *slash = dev ? path + 4 : strrchr(path, '/');
	enum sr_content content = iso ? SR_CDS : dev ? SR_DEVICES : SR_DISKS;
	struct place p = { sr_type_found(content, NULL), NULL, NULL };

	if (!slash)
		return vxe_fail_internal(err, "%s is not an absolute path", path);
	_cleanup_free_ char *dir =
		plain_dir(xstrndup(path, slash == path ? 1 : (size_t)(slash - path)));
	p.dir = dir;
	p.pool = content == SR_DISKS ? pool_of(s, dir) : NULL;
	if (find_sr_of_place(s, t, &p, sr, err) < 0 || (!*sr && make_sr(s, t, &p, sr, err) < 0))
		return -1;
	*rest = xstrdup(slash + 1);
	return 0;
}
