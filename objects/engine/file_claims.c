/* SPDX-License-Identifier: MIT */
/*
 * Finds the files that belong to unfinished operations: those that the plans in open intents name as disks, in new
 * records, and in other members.
 */
#include "objects/engine/file_claims.h"

#include "objects/base/file_key.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/plan.h"
#include "objects/base/file_draft.h"

#include <json-c/json.h>

void claims_clear(struct claims *c)
{
	strv_clear(&c->keys);
	strv_clear(&c->operations);
}

static void claim(struct claims *c, const struct intent *intent, const char *path)
{
	if (!path || path[0] != '/')
		return;
	strv_take(&c->keys, file_key(path));
	/* Also by name: the file may not exist yet, but may be made at any moment. */
	strv_take(&c->keys, file_key_of_name(path));
	strv_add(&c->operations, intent->operation);
	strv_add(&c->operations, intent->operation);
}

static const char *text(struct json_object *doc, const char *name)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(doc, name, &v) ? json_object_get_string(v) : NULL;
}

static int claim_change(struct txn *t, struct claims *c, const struct intent *intent,
	struct json_object *change, struct vxe_error *err)
{
	struct json_object *doc = NULL;

	if (!json_object_object_get_ex(change, "doc", &doc))
		return 0;
	if (str_eq(text(change, "class"), node_class.name)) {
		/*
		 * The plan that makes this layer may also make its SR; then the layer's path is unknown, but nobody
		 * can have looked into that SR yet.
		 */
		_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);
		_cleanup_error_ struct vxe_error lost = { 0 };
		_cleanup_free_ char *path = NULL;

		if (record_decode(&node_class, doc, n, err) < 0)
			return -1;
		if (node_path(t, n, &path, &lost) == 0)
			claim(c, intent, path);
		return 0;
	}
	if (str_eq(text(change, "class"), vdi_class.name))
		claim(c, intent, text(doc, "file"));
	return 0;
}

static void claim_extra(struct claims *c, const struct intent *intent, struct json_object *extra)
{
	if (!extra)
		return;
	json_object_object_foreach(extra, key, value)
	{
		(void)key;
		if (json_object_is_type(value, json_type_string))
			claim(c, intent, json_object_get_string(value));
	}
}

static int claim_plan(
	struct txn *t, struct claims *c, const struct intent *intent, struct vxe_error *err)
{
	_cleanup_plan_ struct plan p = { 0 };

	if (plan_decode_any(intent->plan, &p, err) < 0)
		return -1;
	for (size_t i = 0; i < p.n_disks; i++) {
		claim(c, intent, p.disks[i].new_path);
		claim(c, intent, p.disks[i].old_path);
	}
	claim_extra(c, intent, p.extra);
	for (size_t i = 0; p.changes && i < json_object_array_length(p.changes); i++)
		if (claim_change(t, c, intent, json_object_array_get_idx(p.changes, i), err) < 0)
			return -1;
	return 0;
}

int claims_load(struct txn *t, struct claims *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++)
		if (claim_plan(t, ret, intents.items[i], err) < 0)
			return -1;
	return 0;
}

const char *claims_find(const struct claims *c, const char *path)
{
	if (!c->keys.n)
		return NULL;
	_cleanup_free_ char *final = draft_final(path);
	_cleanup_free_ char *key = file_key(final), *place = file_key_of_name(final);

	for (size_t i = 0; i < c->keys.n; i++)
		if (str_eq(c->keys.items[i], key) || str_eq(c->keys.items[i], place))
			return c->operations.items[i];
	return NULL;
}

int claims_refuse(struct txn *t, const char *path, struct vxe_error *err)
{
	_cleanup_claims_ struct claims c = { 0 };

	if (claims_load(t, &c, err) < 0)
		return -1;
	const char *operation = claims_find(&c, path);

	if (!operation)
		return 0;
	_cleanup_free_ char *why =
		xasprintf("it belongs to the unfinished operation %s", operation);

	return vxe_fail(err, VXE_IMAGE_FAILED, path, why);
}
