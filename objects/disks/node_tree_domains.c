/* SPDX-License-Identifier: MIT */
/*
 * Finds out which layers of a tree the domains use: running ones write to them, and a managed-save image of libvirt's
 * needs them as they are.
 */
#include "objects/disks/node_tree.h"

#include "objects/base/file_key.h"
#include "objects/base/log.h"
#include "objects/disks/file_users/file_users.h"
#include "objects/session/disk_path.h"

/* The file that a disk of the running domain will have after the plan, if it is on the file @path now. */
static const char *path_after(const struct tree_loading *l, const char *domain, const char *path)
{
	const struct plan *p = l->after;

	for (size_t i = 0; p && p->running && str_eq(domain, p->domain) && i < p->n_disks; i++)
		if (p->disks[i].new_path && file_is_same(p->disks[i].old_path, path))
			return p->disks[i].new_path;
	return path;
}

/* The index in the tree of the layer whose file the domain's disk is; -1: none. */
static int find_leaf(const struct tree_loading *l, const struct tree *t, const char *domain,
	const struct spec_disk *disk)
{
	_cleanup_free_ char *path = disk_path(l->s, disk);
	_cleanup_free_ char *key = path ? file_key(path_after(l, domain, path)) : NULL;

	for (size_t i = 0; key && i < t->n; i++)
		if (str_eq(l->keys[i], key))
			return (int)i;
	return -1;
}

static void mark_chain(struct tree *t, int leaf, int domain, const char *name)
{
	size_t steps = 0;

	t->items[leaf].active = true;
	for (int i = leaf; i >= 0 && steps++ < t->n; i = t->items[i].parent) {
		if (t->items[i].domain >= 0)
			t->items[i].several = true;
		t->items[i].domain = domain;
		str_replace(&t->items[i].vm, name);
	}
}

static int mark_domain(struct tree_loading *l, struct tree *t, const struct hv_domain *d,
	int domain, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (hv_xml(l->hv, d->uuid, HV_XML_LIVE, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++) {
		int leaf = find_leaf(l, t, d->uuid, &spec->disks[i]);

		if (leaf >= 0)
			mark_chain(t, leaf, domain, d->name);
	}
	return 0;
}

static int hold_disks(struct tree_loading *l, struct tree *t, const struct hv_domain *d,
	enum hv_xml which, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (hv_xml(l->hv, d->uuid, which, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	_cleanup_free_ char *why =
		xasprintf("libvirt keeps a memory image of %s that needs it", d->name);

	for (size_t k = 0; k < spec->n_disks; k++) {
		int leaf = find_leaf(l, t, d->uuid, &spec->disks[k]);
		size_t steps = 0;

		for (int i = leaf; i >= 0 && steps++ < t->n; i = t->items[i].parent)
			tree_reserve(&t->items[i], why);
	}
	return 0;
}

/*
 * Reserves the layers that a managed-save image of the domain needs: it fits only the files that the domain had, and
 * the definition may name other files by now. An image that cannot be read reserves nothing: libvirt does not restore
 * the guest from it.
 */
static int hold_saved(
	struct tree_loading *l, struct tree *t, const struct hv_domain *d, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error damaged = { 0 };

	if (hold_disks(l, t, d, HV_XML_SAVED, &damaged) < 0)
		log_info("the managed-save image of %s cannot be read", d->name);
	return hold_disks(l, t, d, HV_XML_INACTIVE, err);
}

/* *ret: the domains that may use a file of the tree; for a tree of all layers, all domains. */
static int load_domains(struct tree_loading *l, const struct tree *t, struct domain_users *ret,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 };
	const struct hv_domains *all;

	if (l->seeds) {
		for (size_t i = 0; i < t->n; i++)
			strv_add(&paths, t->items[i].path);
		return users_domains(l->s, &paths, ret, err);
	}
	if (session_domains(l->s->here, &all, err) < 0)
		return -1;
	ret->items = xcalloc(all->n + 1, sizeof(*ret->items));
	for (; ret->n < all->n; ret->n++)
		ret->items[ret->n] = &all->items[ret->n];
	return 0;
}

#define ASKED_MAX 8 /* up to so many domains are asked one by one about a managed save */

/* *ret: UUIDs of those domains in @users that have a managed save. */
static int find_saved(struct tree_loading *l, const struct domain_users *users, struct strv *ret,
	struct vxe_error *err)
{
	if (users->n > ASKED_MAX)
		return hv_saved(l->hv, ret, err);
	for (size_t i = 0; i < users->n; i++) {
		const struct hv_domain *d = users->items[i];
		bool saved = false;

		if (!d->persistent || hv_is_active(d->state))
			continue;
		if (hv_managed_save(l->hv, d->uuid, &saved, err) < 0 &&
			!hv_has_gone(l->hv, d->uuid, err))
			return -1;
		if (saved)
			strv_add(ret, d->uuid);
	}
	return 0;
}

/* Marks the layers that a domain may need whose volume nobody knows. */
static int mark_lacking(struct tree_loading *l, struct tree *t, struct vxe_error *err)
{
	_cleanup_strv_ struct strv none = { 0 };
	const char *why;

	if (users_lacking(l->s, &none, &why, err) < 0)
		return -1;
	for (size_t i = 0; why && i < l->nodes.n; i++) {
		const struct node *n = l->nodes.items[i];
		const char *needs = NULL;

		if (l->place[i] < 0 || n->kind != NODE_DISK || n->state == NODE_WRITABLE)
			continue;
		if (users_lacking(l->s, &n->beside, &needs, err) < 0)
			return -1;
		t->items[l->place[i]].lacking = needs != NULL;
		if (needs)
			str_replace(&t->items[l->place[i]].needed, needs);
	}
	return 0;
}

int tree_mark_domains(struct tree_loading *l, struct tree *t, struct vxe_error *err)
{
	_cleanup_strv_ struct strv saved = { 0 };
	_cleanup_domain_users_ struct domain_users users = { 0 };

	if (load_domains(l, t, &users, err) < 0 || find_saved(l, &users, &saved, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		const struct hv_domain *d = users.items[i];

		strv_add(&t->domains, d->uuid);
		if (str_eq(d->uuid, l->stopped) || (l->dropped && strv_has(l->dropped, d->uuid)))
			continue;
		int r = hv_is_active(d->state)	    ? mark_domain(l, t, d, (int)i, err)
			: strv_has(&saved, d->uuid) ? hold_saved(l, t, d, err)
						    : 0;

		if (r < 0 && !hv_has_gone(l->hv, d->uuid, err))
			return -1;
	}
	return mark_lacking(l, t, err);
}
