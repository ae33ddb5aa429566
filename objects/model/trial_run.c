/* SPDX-License-Identifier: MIT */
#include "objects/model/trial_run.h"

#include "objects/model/record.h"
#include "objects/session/session.h"

#include <json-c/json.h>

static void rehearsed_clear(struct rehearsed *one)
{
	free(one->uuid);
	json_object_put(one->before);
	json_object_put(one->after);
}

void rehearsal_clear(struct rehearsal *r)
{
	for (size_t i = 0; i < r->n; i++)
		rehearsed_clear(&r->items[i]);
	free(r->items);
	*r = (struct rehearsal){ 0 };
}

/* ---- what changes ---------------------------------------------------------------------------- */

static bool has(const struct rehearsal *r, const struct class *cls, const char *uuid)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->items[i].cls == cls && str_eq(r->items[i].uuid, uuid))
			return true;
	return false;
}

/*
 * Adds a changed record to the list of a dry run, once: the store reports a record that was deleted and made again
 * twice.
 */
static int note(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct rehearsal *r = ctx;
	const struct class *cls = class_by_name(values[0]);

	(void)err;
	if (!cls || cls->internal || has(r, cls, uuid))
		return 0;
	r->items = xrealloc(r->items, r->n + 1, sizeof(*r->items));
	r->items[r->n++] = (struct rehearsed){ .cls = cls, .uuid = xstrdup(uuid) };
	return 0;
}

static int read_docs(struct txn *t, struct rehearsal *r, bool after, struct vxe_error *err)
{
	for (size_t i = 0; i < r->n; i++) {
		struct rehearsed *one = &r->items[i];

		if (txn_get(t, one->cls->name, one->uuid, after ? &one->after : &one->before, NULL,
			    err) < 0)
			return -1;
	}
	return 0;
}

static int run_trial(struct session *s, txn_body_fn *body, void *ctx, struct rehearsal *ret,
	struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	int64_t generation;

	if (txn_begin(s->store, TXN_WRITE, &t, err) < 0 || txn_generation(t, &generation, err) < 0)
		return -1;
	int r = body(t, ctx, err);

	if (r > 0)
		return vxe_fail(err, VXE_TRY_AGAIN, "records", "the store is being written to");
	return r < 0 || txn_changes(t, generation, note, ret, err) < 0
		? -1
		: read_docs(t, ret, true, err);
}

int rehearse(struct session *s, txn_body_fn *body, void *ctx, struct rehearsal *ret,
	struct vxe_error *err)
{
	_cleanup_rehearsal_ struct rehearsal r = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (run_trial(s, body, ctx, &r, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		read_docs(t, &r, false, err) < 0)
		return -1;
	/* Drops the records that were saved without a change. */
	size_t n = 0;

	for (size_t i = 0; i < r.n; i++)
		if (json_object_equal(r.items[i].before, r.items[i].after))
			rehearsed_clear(&r.items[i]);
		else
			r.items[n++] = r.items[i];
	r.n = n;
	*ret = r;
	r = (struct rehearsal){ 0 };
	return 0;
}

/* ---- what is shown --------------------------------------------------------------------------- */

/* Decodes the JSON document into a new record of the class; *ret is NULL if there is no document. */
static int decode(
	const struct rehearsed *one, struct json_object *doc, void **ret, struct vxe_error *err)
{
	*ret = doc ? record_new(one->cls) : NULL;
	return doc ? record_decode(one->cls, doc, *ret, err) : 0;
}

static char *print(const struct field *f, const void *obj)
{
	_cleanup_error_ struct vxe_error unreadable = { 0 };
	_cleanup_value_ struct value v = { 0 };

	return field_value(NULL, f, obj, &v, &unreadable) < 0 ? xstrdup("")
							      : value_print(NULL, f, &v);
}

#define NOTHING "(none)"

static void show_fields(
	struct session *s, const struct class *cls, const void *before, const void *after)
{
	for (const struct field *f = cls->fields; f->name; f++) {
		if (f->offset == FIELD_COMPUTED || f->flags & (F_INTERNAL | F_HIDDEN))
			continue;
		_cleanup_free_ char *was = print(f, before), *is = print(f, after);

		if (!str_eq(was, is))
			session_planned(s, "  %s: %s -> %s", f->name, *was ? was : NOTHING,
				*is ? is : NOTHING);
	}
}

static void show_record(
	struct session *s, const struct rehearsed *one, const void *before, const void *after)
{
	const struct field *f = class_field(one->cls, "name-label");
	_cleanup_free_ char *label =
		f && f->offset != FIELD_COMPUTED ? print(f, before ? before : after) : NULL;

	session_planned(s, "record: %s %s %s%s%s%s",
		!before		 ? "add"
			: !after ? "delete"
				 : "change",
		one->cls->name, one->uuid, label ? " (" : "", label ? label : "", label ? ")" : "");
	if (before && after)
		show_fields(s, one->cls, before, after);
}

static int show_one(struct session *s, const struct rehearsed *one, struct vxe_error *err)
{
	void *before = NULL, *after = NULL;
	int r = decode(one, one->before, &before, err) < 0 ||
			decode(one, one->after, &after, err) < 0
		? -1
		: 0;

	if (r == 0)
		show_record(s, one, before, after);
	record_free(one->cls, before);
	record_free(one->cls, after);
	return r;
}

int rehearsal_show(struct session *s, const struct rehearsal *r,
	bool (*hides)(const struct rehearsed *one), struct vxe_error *err)
{
	for (size_t i = 0; i < r->n; i++)
		if (!(hides && hides(&r->items[i])) && show_one(s, &r->items[i], err) < 0)
			return -1;
	return 0;
}

/* ---- commands whose only effect is in the records ---------------------------------------------- */

int rehearsal_end(struct session *s, const struct rehearsal *r, struct vxe_error *err)
{
	if (rehearsal_show(s, r, NULL, err) < 0)
		return -1;
	if (!r->n)
		session_planned(s, "record: none is changed");
	return vxe_fail(err, VXE_PLANNED, "records");
}

int record_update(struct session *s, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	_cleanup_rehearsal_ struct rehearsal r = { 0 };

	if (!s->wishes->dry_run)
		return store_update(s->store, body, ctx, err);
	return rehearse(s, body, ctx, &r, err) < 0 ? -1 : rehearsal_end(s, &r, err);
}
