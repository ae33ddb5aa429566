/* SPDX-License-Identifier: MIT */
/* The files that domains write to, found by identity and not by name. */
#include "objects/layers/leaf.h"

#include "backends/image/image_key.h"
#include "objects/base/mem.h"
#include "objects/session/disk_path.h"

struct leaves {
	size_t n;
	struct leaf *items;
};

static void release(void *held)
{
	struct leaves *l = held;

	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].key);
	free(l->items);
	free(l);
}

static int add_disks(struct session *s, struct leaves *l, const struct hv_domain *d,
	enum hv_xml which, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	const char *xml;

	if (session_xml(s, d, which, &xml, err) < 0)
		return -1;
	if (!xml)
		return 0;
	if (spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++) {
		const struct spec_disk *disk = &spec->disks[i];
		_cleanup_free_ char *path = disk_path(s, disk);

		if (!path || disk->readonly || disk->device == DISK_CDROM)
			continue;
		l->items = xrealloc(l->items, l->n + 1, sizeof(*l->items));
		l->items[l->n++] = (struct leaf){ d, which == HV_XML_LIVE, image_key(path) };
	}
	return 0;
}

static int load(struct session *s, const struct hv_domains *domains, struct leaves *l,
	struct vxe_error *err)
{
	for (size_t i = 0; domains && i < domains->n; i++) {
		const struct hv_domain *d = &domains->items[i];

		if ((hv_is_active(d->state) && add_disks(s, l, d, HV_XML_LIVE, err) < 0) ||
			(d->persistent && add_disks(s, l, d, HV_XML_INACTIVE, err) < 0))
			return -1;
	}
	return 0;
}

int leaf_find(struct session *s, const char *path, const char *except, const struct leaf **ret,
	struct vxe_error *err)
{
	const struct hv_domains *domains;
	const struct leaves *all;
	_cleanup_free_ char *key = NULL;

	*ret = NULL;
	if (path[0] != '/' || session_domains(s, NULL, &domains, err) < 0)
		return path[0] != '/' ? 0 : -1;
	if (!s->leaves.held) {
		s->leaves = (struct session_cache){ xcalloc(1, sizeof(*all)), release };
		if (session_facts(s, NULL, err) < 0 || load(s, domains, s->leaves.held, err) < 0)
			return -1;
	}
	all = s->leaves.held;
	key = image_key(path);
	for (size_t i = 0; i < all->n && !*ret; i++) {
		const struct leaf *l = &all->items[i];

		if (str_eq(l->key, key) && (l->live || !str_eq(l->domain->uuid, except)))
			*ret = l;
	}
	return 0;
}
