/* SPDX-License-Identifier: MIT */
/*
 * Frozen layers against their fingerprints. Write bits do not hold root, and libvirtd runs qemu-img as
 * root: a layer that was written to since it was frozen is no longer what the snapshot's name says. So
 * whoever reads a layer or builds on it compares first.
 */
#include "objects/layers/node_private.h"

#include "backends/image/image.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/storage/node_names.h"
#include "objects/domain/drift.h"
#include "objects/layers/leaf.h"

/* ---- taking ---------------------------------------------------------------------------------- */

static bool has_print(const struct node *n)
{
	return n->state == NODE_FROZEN && n->kind == NODE_DISK && !str_is_empty(n->format);
}

/* "" where nothing tells: no such file, a device. */
static char *print_of(const struct node *n, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct image_file f;
	char *print = NULL;

	if (path[0] != '/' || image_stat(path, &f, &ignored) < 0 || !f.exists ||
		image_print(path, n->format, &print, &ignored) < 0)
		return xstrdup("");
	return print;
}

int node_take_print(struct txn *t, const char *uuid, bool again, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL, *print = NULL;

	if (node_find(t, uuid, &n, err) < 0)
		return -1;
	if (!n || !has_print(n) || (!again && !str_is_empty(n->fingerprint)))
		return 0;
	if (node_path(t, n, &path, err) < 0)
		return -1;
	print = print_of(n, path);
	if (str_eq(print, n->fingerprint))
		return 0;
	str_replace(&n->fingerprint, print);
	return record_save(t, &node_class, n, err);
}

int node_accept(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		if (node_take_print(t, ((const struct node *)chain.items[i])->r.uuid, true, err) <
			0)
			return -1;
	return 0;
}

/* ---- comparing ------------------------------------------------------------------------------- */

const char *node_changed(const struct node *n, const char *path)
{
	if (!has_print(n) || str_is_empty(n->fingerprint))
		return NULL;
	if (node_is_lost(n))
		return "it was another one when the database was restored";
	_cleanup_free_ char *now = print_of(n, path);

	return image_print_differs(n->fingerprint, now);
}

/* 1: a merge is at work on it, or its remains: headers change with it, and its end notes that. */
static int is_merged(struct txn *t, const char *node, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];

		if (str_starts(intent->operation, "coalesce-") && strv_has(&intent->objects, node))
			return 1;
	}
	return 0;
}

static int refuse(struct session *s, const struct node *n, const char *path, const char *what,
	struct vxe_error *err)
{
	if (!s->force)
		return vxe_fail(err, VXE_LAYER_CHANGED, path, what);
	if (!strv_has(&s->changed, n->r.uuid)) {
		strv_add(&s->changed, n->r.uuid);
		session_notice(s, "%s is no longer what it was when it was frozen: %s", path, what);
	}
	return 0;
}

/* The records and the file were not read at one instant. */
static int judge(struct session *s, struct txn *t, const struct node *n, const char *path,
	const char *what, struct vxe_error *err)
{
	int64_t generation;

	if (txn_generation(t, &generation, err) < 0)
		return -1;
	int r = store_moved(s, generation, err);

	if (r)
		return r < 0 ? -1 : vxe_fail(err, VXE_TRY_AGAIN, n->r.uuid);
	r = is_merged(t, n->r.uuid, err);
	if (r)
		return r < 0 ? -1 : 0;
	return refuse(s, n, path, what, err);
}

/* ---- the whole chain ------------------------------------------------------------------------- */

/*
 * A layer that a domain has as its disk is that disk, whatever an old record says. The definition of
 * the plan's own domain is about to be replaced: what was written through it shows in the fingerprint.
 */
static int check_writer(struct session *s, const struct node *n, const char *path,
	const struct plan *p, struct vxe_error *err)
{
	const struct leaf *leaf;

	if (n->origin == NODE_ADOPTED_BASE)
		return 0;
	if (leaf_find(s, path, p->domain, &leaf, err) < 0)
		return -1;
	if (!leaf)
		return 0;
	_cleanup_free_ char *what = xasprintf("domain %s (%s) has it as a disk to write to",
		leaf->domain->uuid, leaf->domain->name);

	return refuse(s, n, path, what, err);
}

static int use_layer(struct session *s, struct txn *t, const struct node *n, bool compare,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	locks_add(&p->locks, LOCK_NODE, n->r.uuid, LEASE_SHARED);
	if (!has_print(n))
		return 0;
	if (node_path(t, n, &path, err) < 0)
		return -1;
	const char *what = compare ? node_changed(n, path) : NULL;

	if (what && judge(s, t, n, path, what, err) < 0)
		return -1;
	if (str_is_empty(n->fingerprint)) /* an older vxe froze it: from now on it has one */
		plan_touch_node(p, n->r.uuid);
	return compare ? check_writer(s, n, path, p, err) : 0;
}

static int use_chain(struct session *s, struct txn *t, const char *uuid, bool compare,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		if (use_layer(s, t, chain.items[i], compare, p, err) < 0)
			return -1;
	return 0;
}

int node_use_chain(
	struct session *s, struct txn *t, const char *uuid, struct plan *p, struct vxe_error *err)
{
	return use_chain(s, t, uuid, true, p, err);
}

int node_build_on(struct session *s, struct txn *t, const struct node *base, struct plan *p,
	struct vxe_error *err)
{
	return use_chain(s, t, base->r.uuid, base->state != NODE_WRITABLE, p, err);
}

/* ---- records that come back from a dump ------------------------------------------------------ */

#define LOST "lost" /* in the place of a fingerprint: no file is like that */

int node_mark_lost(struct txn *t, struct node *n, struct vxe_error *err)
{
	str_replace(&n->fingerprint, LOST);
	return record_save(t, &node_class, n, err);
}

bool node_is_lost(const struct node *n)
{
	return str_eq(n->fingerprint, LOST);
}
