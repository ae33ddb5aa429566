/* SPDX-License-Identifier: MIT */
/* Names of volumes become paths by the pools that the session knows (session_facts()). */
#include "objects/session/disk_path.h"

#include <string.h>

/* "pool/volume" in a pool that is a directory. */
static char *volume_path(const struct session *s, const char *name)
{
	const char *slash = strchr(name, '/');

	for (size_t i = 0; slash && s->pools && i < s->pools->n; i++) {
		const struct hv_pool *p = &s->pools->items[i];

		if (strlen(p->name) == (size_t)(slash - name) && str_starts(name, p->name) &&
			p->path)
			return xasprintf("%s/%s", p->path, slash + 1);
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

bool disk_has_node(const struct session *s, const struct spec_disk *disk)
{
	_cleanup_free_ char *path = disk_path(s, disk);

	return path && disk->device == DISK_DISK && !disk->transient && !disk->opaque &&
	       (str_eq(disk->format, "qcow2") || str_eq(disk->format, "raw"));
}
