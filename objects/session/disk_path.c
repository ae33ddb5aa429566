/* SPDX-License-Identifier: MIT */
/* Turns names of volumes into paths, by the pools that the session has read (session_facts()). */
#include "objects/session/disk_path.h"

#include "objects/base/file_key.h"

#include <string.h>

char *disk_path(const struct session *s, const struct spec_disk *disk)
{
	if (str_is_empty(disk->path))
		return NULL;
	if (disk->source == DISK_VOLUME) {
		/* Name of a volume in a definition: "pool/volume". */
		const char *slash = strchr(disk->path, '/');

		for (size_t i = 0; slash && s->here->pools && i < s->here->pools->n; i++) {
			const struct hv_pool *p = &s->here->pools->items[i];

			if (strlen(p->name) == (size_t)(slash - disk->path) &&
				str_starts(disk->path, p->name))
				return hv_pool_volume(p, slash + 1);
		}
		return NULL;
	}
	if (disk->source != DISK_FILE && disk->source != DISK_BLOCK)
		return NULL;
	return disk->path[0] == '/' ? xstrdup(disk->path) : NULL;
}

static int know_volume(struct session *s, const struct spec_disk *disk, struct vxe_error *err)
{
	bool volume = disk->source == DISK_VOLUME;

	for (size_t i = 0; i < disk->n_below; i++)
		volume |= disk->below[i].source == DISK_VOLUME;
	return volume ? session_facts(s->here, err) : 0;
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

	return file_is_same(have, path);
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

/*
 * Why vxe cannot work on a disk that is not a file or block device with a known path here, for a person: "it is on
 * the network (nbd)". Owned.
 */
static char *unfit_place(const struct spec_disk *disk)
{
	static const struct {
		const char *type, *why;
	} types[] = {
		{ "dir", "it is a folder" },
		{ "nvme", "it is an NVMe device, which QEMU drives itself" },
		{ "vhostuser", "another program serves it (vhost-user)" },
		{ "vhostvdpa", "a device serves it (vhost-vdpa)" },
	};
	const char *path = disk->path ? disk->path : "";
	_cleanup_free_ char *type = xstrndup(path, strcspn(path, ":"));

	switch (disk->source) {
	case DISK_NETWORK:
		return xasprintf("it is on the network (%s)", type);
	case DISK_VOLUME:
		return xstrdup("its volume is in no storage pool of libvirt that is active");
	case DISK_OTHER:
		for (size_t i = 0; i < ARRAY_LEN(types); i++)
			if (str_eq(type, types[i].type))
				return xstrdup(types[i].why);
		return xasprintf("vxe does not know <disk type='%s'>", type);
	default:
		return xstrdup("its file has no absolute name");
	}
}

/*
 * Why vxe cannot work on a disk, by its definition alone and wherever it lies, for a person: "it is encrypted". NULL:
 * no reason.
 */
static const char *unfit_kind(const struct spec_disk *disk)
{
	if (disk->encrypted)
		return "it is encrypted";
	if (spec_encrypted(disk))
		return "a layer below it is encrypted";
	if (disk->transient)
		return "it is transient: libvirt throws away what the guest writes";
	for (size_t i = 0; disk->opaque && i < disk->n_below; i++)
		if (disk->below[i].partial)
			return "a layer below it is a part of a file, or needs a secret";
	if (disk->opaque)
		return "it is a part of a file (<slices>)";
	return disk->device == DISK_CDROM     ? "it is a CD"
		: disk->device == DISK_FLOPPY ? "it is a floppy"
		: disk->device == DISK_LUN    ? "it is a device that is passed through (a LUN)"
					      : NULL;
}

char *disk_unfit(const struct session *s, const struct spec_disk *disk)
{
	_cleanup_free_ char *path = disk_path(s, disk);
	const char *kind = unfit_kind(disk);

	if (kind)
		return xstrdup(kind);
	if (!path)
		return unfit_place(disk);
	return str_eq(disk->format, "qcow2") || str_eq(disk->format, "raw")
		? NULL
		: xasprintf("its format is %s", disk->format ? disk->format : "not known");
}
