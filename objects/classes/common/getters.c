/* SPDX-License-Identifier: MIT */
/* Getters of computed fields that several classes share. */
#include "objects/classes/common/getters.h"

#include <json-c/json_object.h>
#include <string.h>

#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/model/read_txn.h"

int get_nothing(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	(void)s, (void)obj, (void)ret, (void)err;
	return 0;
}

static int add_operation(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct json_object *operation;

	(void)uuid, (void)err;
	if (json_object_object_get_ex(doc, "operation", &operation) &&
		json_object_get_string_len(operation))
		strv_add(ctx, json_object_get_string(operation));
	return 0;
}

int get_current_operations(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct record *r = obj;

	return txn_find(
		s->read_txn, task_class.name, "object", r->uuid, add_operation, &ret->list, err);
}

/*
 * Adds one snapshot to a list as the text "TIME UUID", with the time as the store writes it: sorting the texts sorts by
 * time.
 */
static int add_snapshot(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct json_object *when;
	const char *text = "";

	(void)err;
	if (json_object_object_get_ex(doc, "snapshot_time", &when))
		text = json_object_get_string(when);
	strv_take(ctx, xasprintf("%s %s", text, uuid));
	return 0;
}

int get_snapshots(struct session *s, enum class_id c, const void *obj, struct value *ret,
	struct vxe_error *err)
{
	const struct record *r = obj;
	_cleanup_strv_ struct strv found = { 0 };

	if (txn_find(s->read_txn, class_by_id(c)->name, "snapshot_of", r->uuid, add_snapshot,
		    &found, err) < 0)
		return -1;
	strv_sort(&found);
	for (size_t i = 0; i < found.n; i++)
		strv_add(&ret->list, strchr(found.items[i], ' ') + 1);
	return 0;
}
