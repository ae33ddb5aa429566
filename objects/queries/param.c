/* SPDX-License-Identifier: MIT */
/*
 * The param-* commands for every class: each change is made on a copy of the record, checked as a
 * whole and then saved, so if anything is refused nothing has changed.
 */
#include "objects/queries/param.h"

#include "objects/engine/op_recover.h"
#include "objects/model/read_txn.h"
#include "objects/model/record.h"
#include "objects/model/trial_run.h"
#include "objects/queries/filter.h"
#include "objects/queries/list.h"
#include "objects/queries/param_effect.h"

#include <assert.h>
#include <string.h>

/* ---- reading --------------------------------------------------------------------------------- */

static int find_known(struct session *s, const struct class *c, const char *uuid, void **ret,
	struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };

	if (reader_begin(s, NULL, &reader, err) < 0)
		return -1;
	return record_find(s->read_txn, c, uuid, ret, err);
}

/*
 * Fails because an object is unknown: with UUID_INVALID, or, as the object may exist in libvirt, with the error of
 * the connection if libvirt cannot be reached.
 */
static int fail_unknown(
	struct session *s, const struct class *c, const char *uuid, struct vxe_error *err)
{
	struct hv *hv;

	return session_is_down(s->here) ? session_hv(s->here, &hv, err)
					: vxe_fail(err, UUID_INVALID, c->name, uuid);
}

static bool refreshes(const struct view *v)
{
	return v->prepare || v->cls->refresh;
}

/*
 * Finds the object with this UUID. If the UUID is unknown, it may belong to a libvirt domain that has no record yet,
 * or the store may be new and empty; then records are made first.
 */
static int find_object(struct session *s, const struct view *v, const char *uuid, void **ret,
	struct vxe_error *err)
{
	/* Records that mirror the machine are brought up to date first: the object may have vanished. */
	if (!refreshes(v) && find_known(s, v->cls, uuid, ret, err) < 0)
		return -1;
	if (!refreshes(v) && *ret)
		return 0;
	if (view_prepare(s, v, err) < 0 || find_known(s, v->cls, uuid, ret, err) < 0)
		return -1;
	return *ret ? 0 : fail_unknown(s, v->cls, uuid, err);
}

int param_list(struct session *s, const struct view *v, const char *uuid, struct rows *ret,
	struct vxe_error *err)
{
	const struct class *c = v->cls;
	const struct filter filter = { "uuid", uuid };
	const struct view everything = {
		.prefix = v->prefix,
		.cls = c,
		.adopts = v->adopts,
		.kept = v->kept,
		.prepare = v->prepare,
	};
	_cleanup_rows_ struct rows r = { 0 };
	size_t n = 0;

	while (c->fields[n].name)
		n++;

	_cleanup_free_ const struct field **fields = xcalloc(n + 1, sizeof(*fields));

	n = 0;
	for (const struct field *f = c->fields; f->name; f++)
		if (!(f->flags & (F_INTERNAL | F_HIDDEN | (s->wishes->as_xe ? F_OURS : 0))))
			fields[n++] = f;
	if (list_rows(s, &everything, &filter, 1, fields, LIST_COSTLY, &r, err) < 0)
		return -1;
	if (!r.n)
		return fail_unknown(s, c, uuid, err);
	*ret = r;
	r = (struct rows){ 0 };
	return 0;
}

/* The field that param-get, -add, -remove or -clear names, with xe's own spelling. */
static const struct field *named_field(
	struct session *s, const struct class *c, const char *name, struct vxe_error *err)
{
	const struct field *f = class_field(c, name);

	if (f && !(s->wishes->as_xe && f->flags & F_OURS))
		return f;
	vxe_fail(err, MISSING_PARAMETER, name);
	return NULL;
}

static int get_value(struct session *s, const struct class *c, const void *obj, const char *name,
	const char *key, char **ret, struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };
	const struct field *f = named_field(s, c, name, err);

	if (!f || field_value(s, f, obj, &v, err) < 0)
		return -1;
	if (key && field_is_map(f)) {
		const char *text = map_get(&v.map, key);

		if (!text)
			return vxe_fail_text(err, "Key %s not found in map", key);
		*ret = xstrdup(text);
		return 0;
	}
	*ret = value_print(s, f, &v);
	return 0;
}

/* Reads the value in the transaction that finds the object; *known is false, and *ret NULL, if there is no record. */
static int get_known(struct session *s, const struct class *c, const char *uuid, const char *name,
	const char *key, char **ret, bool *known, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	void *obj = NULL;

	if (reader_begin(s, NULL, &reader, err) < 0 ||
		record_find(s->read_txn, c, uuid, &obj, err) < 0)
		return -1;
	*known = obj != NULL;

	int r = obj ? get_value(s, c, obj, name, key, ret, err) : 0;

	record_free(c, obj);
	return r;
}

int param_get(struct session *s, const struct view *v, const char *uuid, const char *name,
	const char *key, char **ret, struct vxe_error *err)
{
	bool known = false;
	void *obj;

	if (!refreshes(v) && get_known(s, v->cls, uuid, name, key, ret, &known, err) < 0)
		return -1;
	if (known)
		return session_ended(err);
	if (find_object(s, v, uuid, &obj, err) < 0)
		return -1;

	int r = get_value(s, v->cls, obj, name, key, ret, err);

	record_free(v->cls, obj);
	return r < 0 ? -1 : session_ended(err);
}

/* ---- changing: the frame --------------------------------------------------------------------- */

struct change;
typedef int change_fn(struct change *c, struct vxe_error *err);

/* What a command asks for. */
struct request {
	struct session *s;
	const struct view *view;
	const struct class *cls;
	const char *uuid;
	change_fn *fn;
	const char *name, *key;
	const struct filter *pairs;
	size_t n;
	/* the record before and after the change; NULL if the change need not go to the libvirt domain */
	void *before, *after;
	struct strv idle; /* texts about parts of the change that have no effect here */
};

/*
 * One attempt at the change that a param-* command asks for, on a copy of the record that the transaction has read.
 */
struct change {
	const struct request *req;
	void *obj;
	unsigned touched;	     /* flags of the fields that were changed */
	const struct field *emptied; /* a map of which this request replaces all keys */
};

/*
 * Sets a field in the copy of the record, after the field's own check. Each param-* command changes fields by this
 * function alone.
 */
static int put_value(
	struct change *c, const struct field *f, struct value *v, struct vxe_error *err)
{
	if (f->check && f->check(c->req->s, c->obj, v, err) < 0)
		return -1;
	if (f->put)
		f->put(c->obj, v);
	else
		field_store(f, c->obj, v);
	c->touched |= f->flags | F_SET;
	return 0;
}

static int stored_value(
	const struct change *c, const struct field *f, struct value *ret, struct vxe_error *err)
{
	assert(f->offset != FIELD_COMPUTED);
	return field_value(NULL, f, c->obj, ret, err);
}

static int change_and_save(
	struct txn *t, struct request *req, const void *before, struct vxe_error *err)
{
	const struct class *cls = req->cls;
	struct change c = { .req = req, .obj = record_copy(cls, before) };
	int r = req->fn(&c, err);

	if (r == 0 && cls->adjust)
		cls->adjust(before, c.obj);
	if (r == 0 && cls->check)
		r = cls->check(req->s, before, c.obj, err);
	if (r == 0 && req->view->check)
		r = req->view->check(req->s, before, c.obj, err);
	if (r == 0)
		settings_without_effect(cls, before, c.obj, &req->idle);
	if (r == 0 && cls->in_domain && cls->in_domain(before, c.obj, c.touched)) {
		req->before = record_copy(cls, before);
		req->after = TAKE(c.obj);
	} else if (r == 0 && c.touched) {
		r = record_save(t, cls, c.obj, err);
	}
	record_free(cls, c.obj);
	return r;
}

static void request_clear(struct request *req)
{
	record_free(req->cls, TAKE(req->before));
	record_free(req->cls, TAKE(req->after));
	strv_clear(&req->idle);
}

/*
 * The body of a param-* command's transaction: loads the record, changes a copy of it, and saves the copy. The store
 * may run the body again.
 */
static int update_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	struct request *req = ctx;
	void *before;

	request_clear(req);
	if (reader_begin(req->s, t, &reader, err) < 0 ||
		record_load(t, req->cls, req->uuid, &before, err) < 0)
		return -1;

	int r = change_and_save(t, req, before, err);

	record_free(req->cls, before);
	return r;
}

/*
 * Changes and saves the record in a transaction; in a dry run shows the change instead. A change that must go to the
 * libvirt domain, too, is not saved here, but by the view's apply().
 */
static int save_record(struct request *req, struct vxe_error *err)
{
	_cleanup_rehearsal_ struct rehearsal r = { 0 };
	struct session *s = req->s;

	if (!s->wishes->dry_run)
		return store_update(s->store, update_body, req, err);
	if (rehearse(s, update_body, req, &r, err) < 0)
		return -1;
	return req->after ? 0 : rehearsal_end(s, &r, err);
}

/*
 * So many times a param-* command is tried while it fails with VXE_TRY_AGAIN. Its new values depend on nothing else,
 * so it can be repeated.
 */
#define MAX_TRIES 3

static int update(struct request *req, const struct view *v, struct vxe_error *err)
{
	_cleanup_view_ struct store *view = req->s->store;
	void *obj;
	int r, tries = 0;

	store_view(view, true);
	req->view = v;
	req->cls = v->cls;
	/*
	 * If a vxe has died in an operation on this object, the operation is recovered first: else its recovery would
	 * later overwrite the new value.
	 */
	if (op_recover_object(req->s, req->uuid, err) < 0)
		return -1;
	if (find_object(req->s, v, req->uuid, &obj, err) <
		0) /* this also adopts an unknown domain */
		return -1;
	record_free(v->cls, obj);
	do {
		error_clear(err);
		r = save_record(req, err);
		if (r == 0 && req->after)
			r = v->apply(req->s, req->before, req->after, err);
		if (r == 0) {
			/*
			 * Tells the user which parts of the change have no effect on this host; nothing is said when
			 * called as `xe`.
			 */
			for (size_t i = 0; !req->s->wishes->as_xe && i < req->idle.n; i++)
				session_notice(req->s, "%s", req->idle.items[i]);
		}
		request_clear(req);
	} while (r < 0 && err->code == VXE_TRY_AGAIN && ++tries < MAX_TRIES);
	if (r == 0 && v->changed)
		v->changed(req->s, req->uuid);
	return r;
}

/* ---- set ------------------------------------------------------------------------------------- */

static int set_whole(
	struct change *c, const struct field *f, const char *text, struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };

	if (f->type == FIELD_MAP && f->flags & F_ADD)
		return vxe_fail_text(err,
			"Field '%s' is a map or set. use the 'name:key=value' syntax.", f->name);
	if (!(f->flags & (c->req->s->wishes->as_xe ? F_SET : F_SET | F_SET_OURS)))
		return vxe_fail_text(err, "Field '%s' is read-only.", f->name);
	if (value_parse(c->req->s, f, text, &v, err) < 0) {
		/* XenServer's xe reports a bad number in such a field as an internal error. */
		if (!c->req->s->wishes->as_xe || f->type != FIELD_INT || !(f->flags & F_PLAIN))
			return -1;
		error_clear(err);
		return vxe_fail_internal(err, "Failure: Int64.of_string");
	}
	return put_value(c, f, &v, err);
}

static int set_key(struct change *c, const struct field *f, const char *key, const char *text,
	struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };

	if (field_is_set(f))
		return vxe_fail_text(err, "Cannot param-set on set fields");
	if (!field_is_map(f))
		return vxe_fail_text(err, "Field '%s' is not a set or map", f->name);
	if (!(f->flags & (F_ADD | F_NO_SUFFIX_ADD)))
		return vxe_fail_text(err, "Map field '%s' is read-only.", f->name);
	if (stored_value(c, f, &v, err) < 0)
		return -1;
	if (f->flags & F_NO_SUFFIX_ADD && c->emptied != f) {
		map_clear(&v.map); /* the given keys replace all keys of the map */
		c->emptied = f;
	}
	map_set(&v.map, key, text);
	return put_value(c, f, &v, err);
}

static int change_set(struct change *c, struct vxe_error *err)
{
	const struct request *req = c->req;

	for (size_t i = 0; i < req->n; i++) {
		const struct filter *p = &req->pairs[i];
		struct field_name name;

		if (field_resolve(req->cls, p->key, !req->s->wishes->as_xe, &name, err) < 0)
			return -1;

		int r = name.key ? set_key(c, name.field, name.key, p->value, err)
				 : set_whole(c, name.field, p->value, err);

		if (r < 0)
			return -1;
	}
	return 0;
}

int param_set(struct session *s, const struct view *v, const char *uuid,
	const struct filter *settings, size_t n, struct vxe_error *err)
{
	struct request req = { .s = s, .uuid = uuid, .fn = change_set, .pairs = settings, .n = n };

	return update(&req, v, err);
}

/* ---- add ------------------------------------------------------------------------------------- */

static int add_member(struct change *c, const struct field *f, struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };

	if (!c->req->key)
		return vxe_fail_text(err,
			"When adding a key to a set, use the syntax: "
			"*-param-add param-name=<name> param-key=<key>");
	if (stored_value(c, f, &v, err) < 0)
		return -1;
	if (strv_has(&v.list, c->req->key))
		return 0;
	strv_add(&v.list, c->req->key);
	return put_value(c, f, &v, err);
}

static int add_pairs(struct change *c, const struct field *f, struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };
	const struct request *req = c->req;
	_cleanup_free_ char *key = field_key(f->name);

	if (stored_value(c, f, &v, err) < 0)
		return -1;
	for (size_t i = 0; i < req->n; i++) {
		const struct filter *p = &req->pairs[i];

		if (map_get(&v.map, p->key))
			return vxe_fail(
				err, MAP_DUPLICATE_KEY, req->cls->name, key, req->uuid, p->key);
		map_set(&v.map, p->key, p->value);
	}
	return req->n ? put_value(c, f, &v, err) : 0;
}

static int change_add(struct change *c, struct vxe_error *err)
{
	const struct field *f = named_field(c->req->s, c->req->cls, c->req->name, err);

	if (!f)
		return -1;
	if (!field_is_set(f) && !field_is_map(f))
		return vxe_fail_text(err, "Can only add to parameters of type Set or Map");
	if (!(f->flags & F_ADD))
		return vxe_fail_text(err, "Parameter is read-only");
	return field_is_set(f) ? add_member(c, f, err) : add_pairs(c, f, err);
}

int param_add(struct session *s, const struct view *v, const char *uuid, const char *name,
	const char *key, const struct filter *pairs, size_t n, struct vxe_error *err)
{
	struct request req = { .s = s,
		.uuid = uuid,
		.fn = change_add,
		.name = name,
		.key = key,
		.pairs = pairs,
		.n = n };

	return update(&req, v, err);
}

/* ---- remove and clear ------------------------------------------------------------------------ */

static int change_remove(struct change *c, struct vxe_error *err)
{
	const struct field *f = named_field(c->req->s, c->req->cls, c->req->name, err);

	if (!f)
		return -1;
	if (f->flags & F_ADD) {
		_cleanup_value_ struct value v = { 0 };
		const char *key = c->req->key;

		if (stored_value(c, f, &v, err) < 0)
			return -1;
		if (field_is_set(f) && !strv_remove(&v.list, key))
			return vxe_fail_text(err, "Key %s is not in the set", key);
		if (field_is_map(f) && !map_remove(&v.map, key))
			return vxe_fail_text(err, "Key %s is not in map", key);
		return put_value(c, f, &v, err);
	}
	if (field_is_map(f) || field_is_set(f))
		return vxe_fail_text(err, "Cannot remove parameters from read-only map");
	return vxe_fail_text(err, "Can only remove from parameters of type Set or Map");
}

int param_remove(struct session *s, const struct view *v, const char *uuid, const char *name,
	const char *key, struct vxe_error *err)
{
	struct request req = {
		.s = s, .uuid = uuid, .fn = change_remove, .name = name, .key = key
	};

	return update(&req, v, err);
}

static int change_clear(struct change *c, struct vxe_error *err)
{
	const struct field *f = named_field(c->req->s, c->req->cls, c->req->name, err);
	_cleanup_value_ struct value empty = { 0 };

	if (!f)
		return -1;
	if (f->flags & (F_ADD | F_CLEAR))
		return put_value(c, f, &empty, err);
	if (f->flags & F_SET) {
		_cleanup_value_ struct value v = { 0 };
		_cleanup_error_ struct vxe_error refused = { 0 };

		if (value_parse(c->req->s, f, "", &v, &refused) < 0 ||
			put_value(c, f, &v, &refused) < 0)
			return vxe_fail_text(err, "Cannot clear this parameter");
		return 0;
	}
	return vxe_fail_text(err, "Can only clear RW parameters");
}

int param_clear(struct session *s, const struct view *v, const char *uuid, const char *name,
	struct vxe_error *err)
{
	struct request req = { .s = s, .uuid = uuid, .fn = change_clear, .name = name };

	return update(&req, v, err);
}
