/* SPDX-License-Identifier: MIT */
/*
 * Before a layer is read or built on: locks its chain, compares fingerprints, and checks that no domain writes to the
 * layer.
 */
#include "objects/disks/node_use.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/disks/disks.h"
#include "objects/disks/file_users/file_users.h"

/* ---- one layer --------------------------------------------------------------------------------- */

/*
 * Returns 1 if a merge, running or dead, works on the layer: its headers may change, and the end of the merge takes new
 * fingerprints.
 */
static int is_merged(struct txn *t, const char *node, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];

		bool merges = str_starts(intent->operation, "coalesce-") ||
			str_eq(intent->operation, "vdi-merge");

		if (merges && strv_has(&intent->objects, node))
			return 1;
	}
	return 0;
}

static int refuse_changed_layer(struct session *s, const struct node *n, const char *path,
	const char *what, struct vxe_error *err)
{
	if (!s->wishes->force)
		return vxe_fail(err, VXE_LAYER_CHANGED, path, what);
	if (!strv_has(&s->reports.changed, n->r.uuid)) {
		strv_add(&s->reports.changed, n->r.uuid);
		session_notice(s, "%s was changed since it was frozen: %s", path, what);
	}
	return 0;
}

/*
 * Judges a layer that looks changed: 1: it is, 0: a merge works on the layer, and the end of the merge will put it
 * right. Fails with VXE_TRY_AGAIN if the records have changed since they were read: the file may have been read at
 * another time.
 */
static int judge_changed_layer(
	struct session *s, struct txn *t, const struct node *n, struct vxe_error *err)
{
	int64_t generation;

	if (txn_generation(t, &generation, err) < 0)
		return -1;
	int r = session_store_moved(s, generation, err);

	if (r)
		return r < 0 ? -1
			     : vxe_fail(err, VXE_TRY_AGAIN, n->r.uuid,
				       "the records have changed meanwhile");
	r = is_merged(t, n->r.uuid, err);
	return r < 0 ? -1 : !r;
}

/*
 * Fails with VXE_LAYER_WRITTEN if a domain has the frozen layer as its writable disk, even if an old record says
 * otherwise; with force=true only reports that. Of the plan's own domain only the live definition counts: its inactive
 * one will be replaced, and writes through it show in the fingerprint.
 */
static int check_writer(struct session *s, struct txn *t, const struct node *n, const char *path,
	const struct plan *p, struct vxe_error *err)
{
	struct leaf leaf;

	if (n->origin == NODE_ADOPTED_BASE)
		return 0;
	if (leaf_find(s, path, p->domain, &leaf, err) < 0)
		return -1;
	int real = leaf.domain ? judge_changed_layer(s, t, n, err) : 0;

	if (real <= 0)
		return real;
	_cleanup_free_ char *domain = xasprintf("%s (%s)", leaf.domain->uuid, leaf.domain->name);
	_cleanup_free_ char *what = xasprintf("domain %s has it as a disk to write to", domain);

	return s->wishes->force ? refuse_changed_layer(s, n, path, what, err)
				: vxe_fail(err, VXE_LAYER_WRITTEN, path, domain);
}

/* @named: a domain may name a layer of the chain */
static int use_layer(struct session *s, struct txn *t, const struct node *n, bool compare,
	bool named, struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	locks_add(&p->locks, LOCK_NODE, n->r.uuid, LEASE_SHARED);
	if (!node_has_print(n))
		return 0;
	if (node_path(t, n, &path, err) < 0)
		return -1;
	if (named && check_writer(s, t, n, path, p, err) < 0)
		return -1;
	const char *what = compare ? node_changed(n, content_of(s, path)) : NULL;
	int real = what ? judge_changed_layer(s, t, n, err) : 0;

	if (real < 0 || (real && refuse_changed_layer(s, n, path, what, err) < 0))
		return -1;
	/* a layer without a fingerprint, of another program or an older vxe, gets one now */
	if (!node_is_printed(n))
		plan_touch_node(p, n->r.uuid);
	return 0;
}

/* ---- the whole chain --------------------------------------------------------------------------- */

/* Returns 1 if a domain may name one of the layers: one question for all, as each lists the folders of all images. */
static int may_be_named(
	struct session *s, struct txn *t, const struct records *chain, struct vxe_error *err)
{
	_cleanup_domain_users_ struct domain_users users = { 0 };
	_cleanup_strv_ struct strv paths = { 0 };

	for (size_t i = 0; i < chain->n; i++) {
		const struct node *n = chain->items[i];
		_cleanup_free_ char *path = NULL;

		if (n->origin == NODE_ADOPTED_BASE || !node_has_print(n))
			continue;
		if (node_path(t, n, &path, err) < 0)
			return -1;
		strv_add(&paths, path);
	}
	return users_domains(s, &paths, &users, err) < 0 ? -1 : users.n > 0;
}

static int use_chain(struct session *s, struct txn *t, const char *uuid, bool compare,
	struct plan *p, struct vxe_error *err)
{
	const struct records *chain;

	if (node_layers(t, uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n; i++) {
		const struct node *n = chain->items[i];

		if (sr_check_here(s, t, n->sr, err) < 0)
			return -1;
	}
	int named = compare ? may_be_named(s, t, chain, err) : 0;

	for (size_t i = 0; i < chain->n && named >= 0; i++)
		if (use_layer(s, t, chain->items[i], compare, named, p, err) < 0)
			return -1;
	return named < 0 ? -1 : 0;
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
