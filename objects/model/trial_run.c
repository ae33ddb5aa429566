/* SPDX-License-Identifier: MIT */
#include "objects/model/trial_run.h"

#include "objects/model/human.h"
#include "objects/model/record.h"
#include "objects/session/session.h"

#include <json-c/json.h>
#include <strings.h>

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

/* What of the records a person is told of, in a command that does more than to change records. */
struct told {
	bool all;   /* everything: the command does nothing else */
	bool whole; /* a VM or an SR comes or goes: what comes and goes with it is a detail */
};

/* True for a change that somebody has asked for: of a field that users set, or of a size. */
static bool tells_field(const struct told *told, const struct field *f)
{
	return told->all || str_eq(f->name, "virtual-size") ||
		(f->flags & (F_SET | F_SET_OURS | F_ADD) && !str_eq(f->name, "suspend-VDI-uuid"));
}

/* The value as people say it. Owned. */
static char *print_brief(const struct field *f, const void *obj)
{
	_cleanup_error_ struct vxe_error unreadable = { 0 };
	_cleanup_value_ struct value v = { 0 };

	return f->type == FIELD_INT && f->flags & F_SIZE &&
			field_value(NULL, f, obj, &v, &unreadable) == 0 && v.integer >= 1024
		? human_size(v.integer)
		: print(f, obj);
}

static void show_field(struct session *s, const struct field *f, bool detail, const void *before,
	const void *after)
{
	_cleanup_free_ char *was = print(f, before), *is = print(f, after),
			    *was_brief = print_brief(f, before), *is_brief = print_brief(f, after);

	session_plan(s,
		(struct planned){ .bytes = -1,
			.detail = detail,
			.text = xasprintf("  %s: %s -> %s", f->name, *was ? was : NOTHING,
				*is ? is : NOTHING),
			.brief = xasprintf("  %s: %s -> %s", f->name, *was ? was_brief : NOTHING,
				*is ? is_brief : NOTHING) });
}

/* Shows the fields that would get another value, or with @counted only counts those that are no detail. */
static size_t show_fields(struct session *s, const struct class *cls, const struct told *told,
	const void *before, const void *after, bool counted)
{
	size_t n = 0;

	for (const struct field *f = cls->fields; f->name; f++) {
		if (f->offset == FIELD_COMPUTED || f->flags & (F_INTERNAL | F_HIDDEN))
			continue;
		_cleanup_free_ char *was = print(f, before), *is = print(f, after);

		if (str_eq(was, is))
			continue;
		n += tells_field(told, f);
		if (!counted)
			show_field(s, f, !tells_field(told, f), before, after);
	}
	return n;
}

/* Disks and devices, which come and go with a VM or an SR. */
static bool is_part(const struct class *cls)
{
	static const char *const parts[] = { "VDI", "VBD", "VIF", "PBD", "VTPM", "console" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (str_eq(cls->name, parts[i]))
			return true;
	return false;
}

/* The word for an object of the class: what commands call it. */
static const char *record_noun(const struct class *cls, const void *obj)
{
	static const char *const kinds[] = { "is-a-snapshot", "snapshot", "is-a-template",
		"template" };

	for (size_t i = 0; i < ARRAY_LEN(kinds) && str_eq(cls->name, "VM"); i += 2) {
		const struct field *f = class_field(cls, kinds[i]);
		_cleanup_free_ char *is = f ? print(f, obj) : NULL;

		if (is && str_eq(is, "true"))
			return kinds[i + 1];
	}
	return cls->name;
}

/* True for a disk that holds the memory of a suspended VM: the line about the guest says what becomes of that. */
static bool is_memory(const struct class *cls, const void *obj)
{
	const struct field *f = str_eq(cls->name, "VDI") ? class_field(cls, "type") : NULL;
	_cleanup_free_ char *type = f ? print(f, obj) : NULL;

	return type && strcasecmp(type, "suspend") == 0;
}

static void show_record(struct session *s, const struct rehearsed *one, const struct told *told,
	const void *before, const void *after)
{
	const struct field *f = class_field(one->cls, "name-label");
	const void *obj = before ? before : after;
	_cleanup_free_ char *label = f && f->offset != FIELD_COMPUTED ? print(f, obj) : NULL;
	const char *verb = !before ? "add" : !after ? "delete" : "change";
	bool part = (told->whole && is_part(one->cls)) || is_memory(one->cls, obj);

	session_plan(s,
		(struct planned){ .bytes = -1,
			.detail = !told->all &&
				(before && after ? !show_fields(
							   s, one->cls, told, before, after, true)
						 : part),
			.text = xasprintf("record: %s %s %s%s%s%s", verb, one->cls->name, one->uuid,
				label ? " (" : "", label ? label : "", label ? ")" : ""),
			.brief = xasprintf("%s: %s %s", verb, record_noun(one->cls, obj),
				str_is_empty(label) ? one->uuid : label) });
	if (before && after)
		show_fields(s, one->cls, told, before, after, false);
}

static int show_one(struct session *s, const struct rehearsed *one, const struct told *told,
	struct vxe_error *err)
{
	void *before = NULL, *after = NULL;
	int r = decode(one, one->before, &before, err) < 0 ||
			decode(one, one->after, &after, err) < 0
		? -1
		: 0;

	if (r == 0)
		show_record(s, one, told, before, after);
	record_free(one->cls, before);
	record_free(one->cls, after);
	return r;
}

static bool is_deleted(const struct rehearsal *r, const char *cls, const char *uuid)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->items[i].after && str_eq(r->items[i].cls->name, cls) &&
			str_eq(r->items[i].uuid, uuid))
			return true;
	return false;
}

/* Tells of the disks of a VM that is deleted without them. */
static void show_kept_disks(struct session *s, const struct rehearsal *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct json_object *vdi = NULL, *vm = NULL, *was = r->items[i].before;

		n += !r->items[i].after && str_eq(r->items[i].cls->name, "VBD") &&
			json_object_object_get_ex(was, "vdi_uuid", &vdi) &&
			json_object_object_get_ex(was, "vm_uuid", &vm) && vdi && vm &&
			is_deleted(r, "VM", json_object_get_string(vm)) &&
			!is_deleted(r, "VDI", json_object_get_string(vdi));
	}
	if (n)
		session_planned(s, "kept: %zu disk%s, which only uninstall commands delete", n,
			n == 1 ? "" : "s");
}

int rehearsal_show(struct session *s, const struct rehearsal *r,
	bool (*hides)(const struct rehearsed *one), struct vxe_error *err)
{
	struct told told = { .all = !hides };

	for (size_t i = 0; i < r->n; i++)
		told.whole |= (!r->items[i].before || !r->items[i].after) &&
			(str_eq(r->items[i].cls->name, "VM") ||
				str_eq(r->items[i].cls->name, "SR"));
	for (size_t i = 0; i < r->n; i++)
		if (!(hides && hides(&r->items[i])) && show_one(s, &r->items[i], &told, err) < 0)
			return -1;
	show_kept_disks(s, r);
	return 0;
}

/* ---- commands whose only effect is in the records ---------------------------------------------- */

int rehearsal_end(struct session *s, const struct rehearsal *r, struct vxe_error *err)
{
	if (rehearsal_show(s, r, NULL, err) < 0)
		return -1;
	if (!r->n)
		session_plan(s,
			(struct planned){ .bytes = -1,
				.text = xstrdup("record: none is changed"),
				.brief = xstrdup("nothing changes: it is so already") });
	return vxe_fail(err, VXE_PLANNED, "records");
}

int record_update(struct session *s, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	_cleanup_rehearsal_ struct rehearsal r = { 0 };

	if (!s->wishes->dry_run)
		return store_update(s->store, body, ctx, err);
	return rehearse(s, body, ctx, &r, err) < 0 ? -1 : rehearsal_end(s, &r, err);
}
