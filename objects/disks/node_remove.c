/* SPDX-License-Identifier: MIT */
/*
 * Removes a layer. Its record is marked as doomed before the file is removed, and deleted afterwards: if vxe dies in
 * between, the next call completes the removal.
 */
#include "objects/disks/node_ops.h"

#include "backends/content/content.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/disks/content_loss.h"
#include "objects/disks/disks.h"
#include "objects/disks/file_users/file_users.h"
#include "objects/engine/plan_reach.h"

/* Fails with VXE_DEPENDENTS if a record names the layer: a VDI, or a layer above it. */
static int check_unused(
	struct txn *t, const struct node *n, const char *path, struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 };
	int names;

	if (node_count_names(t, n->r.uuid, &names, err) < 0 ||
		node_children(t, n->r.uuid, &above, err) < 0)
		return -1;
	if (names)
		return vxe_fail(err, VXE_DEPENDENTS, path, "a VDI");
	if (above.n)
		return vxe_fail(
			err, VXE_DEPENDENTS, path, ((const struct node *)above.items[0])->path);
	return 0;
}

/*
 * Loads a layer that is to be removed; fails if a record names it. *ret is NULL if the layer does not exist any more.
 */
static int load_unused(
	struct txn *t, const char *uuid, struct node **ret, char **path, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (node_find(t, uuid, &n, err) < 0)
		return -1;
	if (n && (node_path(t, n, path, err) < 0 || check_unused(t, n, *path, err) < 0))
		return -1;
	if (n && n->origin != NODE_MADE)
		return vxe_fail_internal(err, "%s was not made by vxe and stays", *path);
	*ret = TAKE(n);
	return 0;
}

static int check_open(struct session *s, const char *path, struct vxe_error *err)
{
	struct content_stat f;
	bool locked = false;

	if (content_stat(content_of(s, path), &f, err) < 0)
		return -1;
	if (f.exists && content_in_use(content_of(s, path), USE_ANY, &locked, err) < 0)
		return -1;
	return locked ? vxe_fail(err, VXE_DEPENDENTS, path, "a process that has it open") : 0;
}

/*
 * The last check for internal snapshots before a layer is removed: the plan found none, or they were reported to the
 * user.
 */
static int check_internal(
	struct session *s, const struct node *n, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *names = NULL;

	if (loss_is_named(s, n->r.uuid))
		return 0;
	if (node_internal(s, n, path, &names, err) < 0)
		return -1;
	return names ? vxe_fail(err, VXE_INTERNAL_SNAPSHOTS, path, names) : 0;
}

static int mark_doomed(struct txn *t, void *ctx, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL;

	if (load_unused(t, uuid, &n, &path, err) < 0)
		return -1;
	if (!n)
		return 0;
	n->state = NODE_DOOMED;
	if (record_save(t, &node_class, n, err) < 0)
		return -1;
	return node_sync_base_copy(t, uuid, err);
}

static int drop_record(struct txn *t, void *ctx, struct vxe_error *err)
{
	const char *uuid = ctx;

	if (txn_del(t, node_class.name, uuid, err) < 0)
		return -1;
	return node_sync_base_copy(t, uuid, err);
}

int node_remove(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };
	_cleanup_free_ char *path = NULL, *key = xstrdup(uuid);

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		load_unused(t, uuid, &n, &path, err) < 0 ||
		(n && sr_check_here(s, t, n->sr, err) < 0))
		return -1;
	txn_abort(TAKE(t));
	if (!n)
		return 0;
	strv_add(&paths, path);
	if (reach_check(s, path, err) < 0 || check_internal(s, n, path, err) < 0 ||
		strangers_find(s, &paths, &known, NULL, NULL, err) < 0 ||
		users_lacking_check(s, n, path, err) < 0 || check_open(s, path, err) < 0 ||
		store_update(s->store, mark_doomed, key, err) < 0 ||
		content_remove(content_of(s, path), err) < 0)
		return -1;
	return store_update(s->store, drop_record, key, err);
}
