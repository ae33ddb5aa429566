/* SPDX-License-Identifier: MIT */
/* The list of SR types, and the libvirt pools of SRs. */
#include "backends/sr/sr_type.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/sr/sr_config.h"

const struct sr_type *const sr_types[] = {
	&sr_type_ext,
	&sr_type_file,
	&sr_type_iso,
	&sr_type_nfs,
	&sr_type_udev,
	&sr_type_more, /* NULL in vxe */
	NULL,
};

void sr_place_clear(struct sr_place *p)
{
	free(p->path);
	free(p->device);
	free(p->host);
	free(p->folder);
	free(p->pool_name);
	free(p->uuid);
	*p = (struct sr_place){ 0 };
}

char *sr_place_in(const char *folder, const char *name)
{
	return xasprintf("%s/%s", !folder || str_eq(folder, "/") ? "" : folder, name);
}

const struct sr_type *sr_type_of(const char *name)
{
	for (size_t i = 0; sr_types[i]; i++)
		if (str_eq(sr_types[i]->name, name))
			return sr_types[i];
	return &sr_type_file;
}

const struct sr_type *sr_type_find(const char *word)
{
	for (size_t i = 0; sr_types[i]; i++) {
		const struct sr_type *t = sr_types[i];

		if (t->label && (str_eq(t->name, word) || str_eq(t->other_name, word)))
			return t;
	}
	return NULL;
}

const struct sr_type *sr_type_found(enum sr_content content, const struct hv_pool *pool)
{
	for (size_t i = 0; pool && sr_types[i]; i++)
		if (sr_types[i]->pool && str_eq(sr_types[i]->pool, pool->type))
			return sr_types[i];
	return content == SR_CDS	? &sr_type_iso
		: content == SR_DEVICES ? &sr_type_udev
					: &sr_type_file;
}

bool sr_content_is_cds(const char *content_type)
{
	return str_eq(content_type, sr_type_iso.content_type);
}

/* Makes the mount point of an SR, and before it, if it does not exist, vxe's folder for all mount points. */
static int make_mount_point(const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *above = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	if ((mkdir(above, 0711) < 0 && errno != EEXIST) ||
		(mkdir(path, 0711) < 0 && errno != EEXIST))
		return vxe_fail(err, VXE_IMAGE_FAILED, path, strerror(errno));
	return 0;
}

int sr_attach(struct hv *hv, const struct sr_place *place, struct vxe_error *err)
{
	_cleanup_free_ char *type = xstrdup(place->device ? "fs" : place->host ? "netfs" : "dir");
	const struct hv_pool pool = { .uuid = place->uuid,
		.name = place->pool_name,
		.type = type,
		.path = place->path,
		.active = true,
		.device = place->device,
		.host = place->host,
		.folder = place->folder };

	if (sr_place_is_mounted(place) && make_mount_point(place->path, err) < 0)
		return -1;
	return hv_pool_define(hv, &pool, err);
}
