/* SPDX-License-Identifier: MIT */
/* What a row must not have in common with others: its UUID, and the values of distinct columns. */
#include "store/store_engine.h"

#include <json-c/json_object.h>

int txn_check_unique(struct txn *t, const char *cls, const char *uuid, bool is_new, bool *known,
	struct vxe_error *err)
{
	const char *holder = NULL;

	if (txn_class(t, cls)->unique) {
		if (t->store->ops->holder(t, cls, uuid, &holder, err) < 0)
			return -1;
	} else if (is_new) {
		struct json_object *there = NULL;

		if (txn_get(t, cls, uuid, &there, NULL, err) < 0)
			return -1;
		holder = there ? cls : NULL;
		json_object_put(there);
	}
	*known = !is_new && str_eq(holder, cls);
	if (!holder || *known)
		return 0;
	return vxe_fail(err, DB_UNIQUENESS_CONSTRAINT_VIOLATION, holder, "uuid", uuid);
}

/* ---- distinct columns -------------------------------------------------------------------------- */

/* The text of a document's member; NULL if the member is absent, empty or not a string. */
static const char *doc_member_text(struct json_object *doc, const char *name)
{
	struct json_object *v = NULL;

	if (!json_object_object_get_ex(doc, name, &v) || !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string_len(v) ? json_object_get_string(v) : NULL;
}

static bool is_judged(const struct store_class *c, struct json_object *doc)
{
	for (size_t i = 0; c->distinct && c->distinct[i]; i++)
		if (!doc_member_text(doc, c->distinct[i]))
			return false;
	return c->distinct && c->distinct[0];
}

static bool has_same(const struct store_class *c, struct json_object *a, struct json_object *b)
{
	for (size_t i = 0; c->distinct[i]; i++)
		if (!str_eq(doc_member_text(a, c->distinct[i]), doc_member_text(b, c->distinct[i])))
			return false;
	return true;
}

struct clash {
	const struct store_class *cls;
	const char *uuid;
	struct json_object *doc;
};

static int refuse_same(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	const struct clash *c = ctx;
	_cleanup_str_ struct str values = { 0 };

	if (str_eq(uuid, c->uuid) || !has_same(c->cls, doc, c->doc))
		return 0;
	for (size_t i = 0; c->cls->distinct[i]; i++)
		str_addf(&values, "%s%s", i ? ", " : "", doc_member_text(doc, c->cls->distinct[i]));
	return vxe_fail(err, VXE_PLACE_TAKEN, c->cls->name, c->uuid, uuid, str_text(&values));
}

int txn_check_distinct(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err)
{
	const struct store_class *c = txn_class(t, cls);
	struct clash clash = { c, uuid, doc };
	struct json_object *before = NULL;

	if (!is_judged(c, doc))
		return 0;
	if (txn_get(t, cls, uuid, &before, NULL, err) < 0)
		return -1;
	bool keeps = before && has_same(c, before, doc);
	const char *last = c->distinct[0];

	json_object_put(before);
	for (size_t i = 0; c->distinct[i]; i++)
		last = c->distinct[i];
	return keeps ? 0
		     : t->store->ops->find(
			       t, cls, last, doc_member_text(doc, last), refuse_same, &clash, err);
}
