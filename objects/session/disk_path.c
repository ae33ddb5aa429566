/* SPDX-License-Identifier: MIT */
/* Turns names of volumes into paths, by the pools that the session has read (session_facts()). */
#include "objects/session/disk_path.h"

#include "backends/image/image_key.h"

#include <string.h>

/* "pool/volume" */
static char *volume_path(const struct session *s, const char *name)
{
	const char *slash = strchr(name, '/');

	for (size_t i = 0; slash && s->pools && i < s->pools->n; i++) {
		const struct hv_pool *p = &s->pools->items[i];

		if (strlen(p->name) == (size_t)(slash - name) && str_starts(name, p->name))
			return hv_pool_volume(p, slash + 1);
	}
	return NULL;
}

char *disk_path(const struct session *s, const struct spec_disk *disk)
{
	if (str_is_empty(disk->path))
		return NULL;
	if (disk->source == DISK_VOLUME)
		return volume_path(s, disk->path);
	if (disk->source != DISK_FILE && disk->source != DISK_BLOCK)
		return NULL;
	return disk->path[0] == '/' ? xstrdup(disk->path) : NULL;
}

static int know_volume(struct session *s, const struct spec_disk *disk, struct vxe_error *err)
{
	bool volume = disk->source == DISK_VOLUME;

	for (size_t i = 0; i < disk->n_below; i++)
		volume |= disk->below[i].source == DISK_VOLUME;
	return volume ? session_facts(s, NULL, err) : 0;
}

int disk_paths_know(struct session *s, const struct domain_spec *spec, struct vxe_error *err)
{
	for (size_t i = 0; i < spec->n_disks; i++)
		if (know_volume(s, &spec->disks[i], err) < 0)
			return -1;
	return 0;
}

int disk_is_on(
	struct session *s, const struct spec_disk *disk, const char *path, struct vxe_error *err)
{
	if (know_volume(s, disk, err) < 0)
		return -1;
	_cleanup_free_ char *have = disk_path(s, disk);

	return image_is_same(have, path);
}

int disk_on(struct session *s, const struct domain_spec *spec, const char *path,
	struct spec_disk **ret, struct vxe_error *err)
{
	*ret = NULL;
	for (size_t i = 0; i < spec->n_disks && !*ret; i++) {
		int r = disk_is_on(s, &spec->disks[i], path, err);

		if (r < 0)
			return -1;
		if (r)
			*ret = &spec->disks[i];
	}
	return 0;
}

int disk_is_same(struct session *s, const struct spec_disk *a, const struct spec_disk *b,
	struct vxe_error *err)
{
	if (a->source == b->source && str_eq(a->path, b->path))
		return 1;
	if (know_volume(s, b, err) < 0)
		return -1;
	_cleanup_free_ char *path = disk_path(s, b);

	return disk_is_on(s, a, path, err);
}

int disk_put_file(struct session *s, struct spec_disk *disk, const char *path, const char *format,
	struct vxe_error *err)
{
	int there = disk_is_on(s, disk, path, err);

	if (there == 0)
		spec_put_file(disk, path, format);
	return there < 0 ? -1 : 0;
}

bool disk_has_node(const struct session *s, const struct spec_disk *disk)
{
	_cleanup_free_ char *path = disk_path(s, disk);

	return path && disk->device == DISK_DISK && !disk->transient && !disk->opaque &&
	       (str_eq(disk->format, "qcow2") || str_eq(disk->format, "raw"));
}
