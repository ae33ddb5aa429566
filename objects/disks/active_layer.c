/* SPDX-License-Identifier: MIT */
/* Finds the files that domains write to, by the identity of the file and not by its name. */
#include "objects/disks/disks.h"

#include "objects/base/file_key.h"
#include "objects/base/mem.h"
#include "objects/session/disk_path.h"
#include "objects/disks/file_users/file_users.h"

#include <string.h>

struct known_leaf {
	struct leaf leaf;
	char *key; /* file_key() of the file */
};

struct leaves {
	size_t n;
	struct known_leaf *items;
};

static void leaves_clear(struct leaves *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i].key);
	free(l->items);
}

static void release_leaves(void *held)
{
	leaves_clear(held);
	free(held);
}

static void add_leaf(struct leaves *l, const struct hv_domain *d, bool live, const char *path)
{
	l->items = xrealloc(l->items, l->n + 1, sizeof(*l->items));
	l->items[l->n++] = (struct known_leaf){ { d, live }, file_key(path) };
}

static int add_disks(struct session *s, struct leaves *l, const struct hv_domain *d,
	enum hv_xml which, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	const char *xml;

	if (session_xml(s->here, d, which, &xml, err) < 0)
		return -1;
	if (!xml)
		return 0;
	if (spec_read(xml, &spec, err) < 0 || disk_paths_know(s, spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++) {
		const struct spec_disk *disk = &spec->disks[i];
		_cleanup_free_ char *path = disk_path(s, disk);

		if (path && !disk->readonly && disk->device != DISK_CDROM)
			add_leaf(l, d, which == HV_XML_LIVE, path);
	}
	for (size_t i = 0; i < spec->unnamed.n; i++) {
		const char *path = spec_unnamed_path(spec->unnamed.items[i]);

		if (path)
			add_leaf(l, d, which == HV_XML_LIVE, path);
	}
	return 0;
}

static int add_domain(
	struct session *s, struct leaves *l, const struct hv_domain *d, struct vxe_error *err)
{
	if (hv_is_active(d->state) && add_disks(s, l, d, HV_XML_LIVE, err) < 0)
		return -1;
	if (d->saved && add_disks(s, l, d, HV_XML_SAVED, err) < 0)
		return -1;
	return d->persistent ? add_disks(s, l, d, HV_XML_INACTIVE, err) : 0;
}

int leaf_load(struct session *s, struct vxe_error *err)
{
	const struct hv_domains *domains;

	if (session_facts(s->here, err) < 0 || session_domains(s->here, &domains, err) < 0)
		return -1;
	void **held = cache_of(&s->here->caches, release_leaves);

	if (!*held)
		*held = xcalloc(1, sizeof(struct leaves));
	for (size_t i = 0; i < domains->n; i++)
		if (add_domain(s, *held, &domains->items[i], err) < 0)
			return -1;
	return 0;
}

/* Adds to @l the writable disks of those domains that may use the file @path, and of no others. */
static int load_users(struct session *s, const char *path, struct leaves *l, struct vxe_error *err)
{
	_cleanup_domain_users_ struct domain_users users = { 0 };

	if (users_domains_of(s, path, NULL, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		if (add_domain(s, l, users.items[i], err) < 0)
			return -1;
	return 0;
}

int leaf_find(struct session *s, const char *path, const char *except, struct leaf *ret,
	struct vxe_error *err)
{
	_cleanup_(leaves_clear) struct leaves users = { 0 };
	const struct leaves *all = *cache_of(&s->here->caches, release_leaves);
	_cleanup_free_ char *key = NULL;

	*ret = (struct leaf){ 0 };
	if (path[0] != '/')
		return 0;
	if (!all && load_users(s, path, &users, err) < 0)
		return -1;
	all = all ? all : &users;
	key = file_key(path);
	for (size_t i = 0; i < all->n && !ret->domain; i++) {
		const struct known_leaf *l = &all->items[i];

		if (str_eq(l->key, key) && (l->leaf.live || !str_eq(l->leaf.domain->uuid, except)))
			*ret = l->leaf;
	}
	return 0;
}
