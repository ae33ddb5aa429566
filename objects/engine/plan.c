/* SPDX-License-Identifier: MIT */
/*
 * Plans: everything that an operation is going to do, as data. The intent in the store contains the plan as JSON, so
 * recovery has exactly the data of the original process.
 */
#include "objects/engine/plan.h"

#include "objects/base/clock.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/engine/message.h"
#include "objects/model/json.h"
#include "objects/model/record.h"

#include <inttypes.h>
#include <json-c/json.h>

/* The members of struct plan and struct plan_disk that are strings, with their names in the JSON text. */
struct text_member {
	const char *name;
	size_t offset;
};
#define TEXT(s, m)                                                                                 \
	{                                                                                          \
#m, offsetof(struct s, m)                                                          \
	}

static const struct text_member plan_texts[] = {
	TEXT(plan, object),
	TEXT(plan, domain),
	TEXT(plan, xml_before),
	TEXT(plan, xml_after),
	{ NULL, 0 },
};
static const struct text_member disk_texts[] = {
	TEXT(plan_disk, target),
	TEXT(plan_disk, vdi),
	TEXT(plan_disk, vbd),
	TEXT(plan_disk, new_sr),
	TEXT(plan_disk, old_node),
	TEXT(plan_disk, old_path),
	TEXT(plan_disk, old_format),
	TEXT(plan_disk, old_snapshot),
	TEXT(plan_disk, new_node),
	TEXT(plan_disk, new_path),
	TEXT(plan_disk, new_format),
	TEXT(plan_disk, cache),
	TEXT(plan_disk, backing),
	TEXT(plan_disk, backing_format),
	TEXT(plan_disk, stream),
	{ NULL, 0 },
};

static char **text_at(void *obj, const struct text_member *m)
{
	return (char **)((char *)obj + m->offset);
}

static void texts_encode(
	const void *obj, const struct text_member *members, struct json_object *doc)
{
	for (const struct text_member *m = members; m->name; m++) {
		const char *s = *(char *const *)((const char *)obj + m->offset);

		if (s)
			json_object_object_add(doc, m->name, json_object_new_string(s));
	}
}

static void texts_decode(struct json_object *doc, const struct text_member *members, void *obj)
{
	struct json_object *v;

	for (const struct text_member *m = members; m->name; m++)
		if (json_object_object_get_ex(doc, m->name, &v))
			str_replace(text_at(obj, m), json_object_get_string(v));
}

static void texts_clear(void *obj, const struct text_member *members)
{
	for (const struct text_member *m = members; m->name; m++)
		free(*text_at(obj, m));
}

struct plan_disk *plan_add_disk(struct plan *p)
{
	p->disks = xrealloc(p->disks, p->n_disks + 1, sizeof(*p->disks));
	p->disks[p->n_disks] = (struct plan_disk){ 0 };
	return &p->disks[p->n_disks++];
}

void plan_disk_put(const struct plan_disk *d, bool forward, struct spec_disk *disk)
{
	if (forward)
		spec_put_file(disk, d->new_path, d->new_format ? d->new_format : "qcow2");
	else
		spec_put_file(disk, d->old_path, d->old_format);
	if (d->cache)
		str_replace(&disk->cache, d->cache);
}

/* ---- the result transaction ----------------------------------------------------------------- */

static struct json_object *add_change(
	struct plan *p, const char *verb, const struct class *c, const char *uuid)
{
	struct json_object *change = json_object_new_object();

	if (!p->changes)
		p->changes = json_object_new_array();
	json_object_object_add(change, "verb", json_object_new_string(verb));
	json_object_object_add(change, "class", json_object_new_string(c->name));
	json_object_object_add(change, "uuid", json_object_new_string(uuid));
	json_object_array_add(p->changes, change);
	return change;
}

static void add_record(struct plan *p, const char *verb, const struct class *c, const void *obj)
{
	const struct record *r = obj;

	json_object_object_add(add_change(p, verb, c, r->uuid), "doc", record_encode(c, obj));
}

void plan_add(struct plan *p, const struct class *c, const void *obj)
{
	add_record(p, "add", c, obj);
}

void plan_put(struct plan *p, const struct class *c, const void *obj)
{
	add_record(p, "put", c, obj);
}

void plan_del(struct plan *p, const struct class *c, const char *uuid)
{
	add_change(p, "del", c, uuid);
}

static struct json_object *add_set(struct plan *p, const char *verb, const struct class *c,
	const char *uuid, const char *field)
{
	struct json_object *change = add_change(p, verb, c, uuid);
	_cleanup_free_ char *key = field_key(field);

	json_object_object_add(change, "key", json_object_new_string(key));
	return change;
}

void plan_set(struct plan *p, const struct class *c, const char *uuid, const char *field,
	struct json_object *value)
{
	json_object_object_add(add_set(p, "set", c, uuid, field), "value", value);
}

void plan_set_field(struct plan *p, const struct class *c, const void *obj, const char *field)
{
	const struct record *r = obj;
	_cleanup_free_ char *key = field_key(field);
	struct json_object *doc = record_encode(c, obj), *value = NULL;

	if (json_object_object_get_ex(doc, key, &value))
		json_object_get(value);
	plan_set(p, c, r->uuid, field, value);
	json_object_put(doc);
}

void plan_set_string(struct plan *p, const struct class *c, const char *uuid, const char *field,
	const char *value)
{
	plan_set(p, c, uuid, field, value ? json_object_new_string(value) : NULL);
}

void plan_set_now(struct plan *p, const struct class *c, const char *uuid, const char *field)
{
	add_set(p, "now", c, uuid, field);
}

void plan_touch_node(struct plan *p, const char *node)
{
	if (node && !strv_has(&p->nodes, node))
		strv_add(&p->nodes, node);
}

static const char *member_text(struct json_object *doc, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(doc, name, &v) ? json_object_get_string(v) : NULL;
}

/* The present time in the JSON form in which record_encode() stores a date. */
static struct json_object *now_value(const struct class *c, const char *key)
{
	const struct value now = { .integer = clock_wall() };

	for (const struct field *f = c->fields; f->name; f++) {
		_cleanup_free_ char *k = field_key(f->name);

		if (str_eq(k, key))
			return json_of_stored(f, &now);
	}
	return NULL;
}

/* The JSON value that a planned change gives to a field of a record. Owned; NULL: JSON null. */
static struct json_object *set_value(const struct class *c, struct json_object *change)
{
	struct json_object *value = NULL;

	if (str_eq(member_text(change, "verb"), "now"))
		return now_value(c, member_text(change, "key"));
	return json_object_object_get_ex(change, "value", &value) ? json_object_get(value) : NULL;
}

static bool is_set(struct json_object *change)
{
	const char *verb = member_text(change, "verb");

	return str_eq(verb, "set") || str_eq(verb, "now");
}

static bool is_same_record(struct json_object *a, struct json_object *b)
{
	return str_eq(member_text(a, "uuid"), member_text(b, "uuid")) &&
		str_eq(member_text(a, "class"), member_text(b, "class"));
}

/*
 * *ret: the record's document, to which the planned changes of fields are applied, owned. NULL: the record was
 * destroyed meanwhile, so nothing is to be changed.
 */
static int begin_record(struct txn *t, const struct class *c, struct json_object *first, bool alone,
	struct json_object **ret, struct vxe_error *err)
{
	struct json_object *doc = NULL;

	*ret = NULL;
	if (is_set(first))
		return txn_get(t, c->name, member_text(first, "uuid"), ret, NULL, err) < 0 ? -1 : 0;
	(void)json_object_object_get_ex(first, "doc", &doc);
	if (alone)
		*ret = json_object_get(doc);
	else if (json_object_deep_copy(doc, ret, NULL) < 0)
		abort();
	return 0;
}

/* Applies the planned changes from @i up to @n, all of one record, and writes the record once. */
static int apply_record(struct txn *t, const struct class *c, struct json_object *changes, size_t i,
	size_t n, struct vxe_error *err)
{
	struct json_object *first = json_object_array_get_idx(changes, i), *doc;
	const char *verb = member_text(first, "verb"), *uuid = member_text(first, "uuid");

	if (str_eq(verb, "del"))
		return txn_del(t, c->name, uuid, err);
	if (begin_record(t, c, first, n == i + 1, &doc, err) < 0)
		return -1;
	if (!doc)
		return 0;
	for (i += !is_set(first); i < n; i++) {
		struct json_object *change = json_object_array_get_idx(changes, i);

		json_object_object_add(doc, member_text(change, "key"), set_value(c, change));
	}
	int r = str_eq(verb, "add") ? txn_add(t, c->name, uuid, doc, err)
				    : txn_put(t, c->name, uuid, doc, err);

	json_object_put(doc);
	return r;
}

/*
 * Applies the planned change at @i and the changes of fields of the same record that follow it; *next is the index of
 * the first change after these.
 */
static int apply_change(
	struct txn *t, struct json_object *changes, size_t i, size_t *next, struct vxe_error *err)
{
	struct json_object *change = json_object_array_get_idx(changes, i);
	const struct class *c = class_by_name(member_text(change, "class"));
	bool goes = str_eq(member_text(change, "verb"), "del");
	size_t n = i + 1;

	if (!c)
		return vxe_fail_internal(err, "an intent names an unknown class");
	while (!goes && n < json_object_array_length(changes) &&
		is_set(json_object_array_get_idx(changes, n)) &&
		is_same_record(change, json_object_array_get_idx(changes, n)))
		n++;
	*next = n;
	return apply_record(t, c, changes, i, n, err);
}

void plan_added(const struct plan *p, const struct class *c, const char *key, struct strv *ret)
{
	size_t n = p->changes ? json_object_array_length(p->changes) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *change = json_object_array_get_idx(p->changes, i), *doc;

		if (!str_eq(member_text(change, "verb"), "add") ||
			!str_eq(member_text(change, "class"), c->name) ||
			!json_object_object_get_ex(change, "doc", &doc))
			continue;
		const char *value = member_text(doc, key);

		if (value && !strv_has(ret, value))
			strv_add(ret, value);
	}
}

static bool puts_message(const struct plan *p)
{
	size_t n = p->changes ? json_object_array_length(p->changes) : 0;

	for (size_t i = 0; i < n; i++)
		if (str_eq(member_text(json_object_array_get_idx(p->changes, i), "class"),
			    message_class.name))
			return true;
	return false;
}

int plan_apply(struct session *s, const struct plan *p, struct txn *t, struct vxe_error *err)
{
	size_t n = p->changes ? json_object_array_length(p->changes) : 0;

	/* their number was foreseen (op.c), as it is before the change */
	if (puts_message(p) && messages_trim(t, err) < 0)
		return -1;
	for (size_t i = 0; i < n;)
		if (apply_change(t, p->changes, i, &i, err) < 0)
			return -1;
	for (size_t i = 0; i < p->nodes.n; i++)
		if (node_sync_base_copy(t, p->nodes.items[i], err) < 0 ||
			node_take_print(s, t, p->nodes.items[i], false, err) < 0)
			return -1;
	return 0;
}

int plan_rehearse(struct session *s, const struct plan *p, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (!p->changes)
		return 0;
	if (txn_begin(s->store, TXN_WRITE, &t, err) < 0 || plan_apply(s, p, t, err) < 0)
		return -1;
	return txn_allocate(t, err);
}

/* ---- text ------------------------------------------------------------------------------------ */

/* The length of a JSON list; a list that is absent (NULL) is empty. */
static size_t list_length(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

static struct json_object *member_of(struct json_object *doc, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(doc, name, &v) ? v : NULL;
}

static struct json_object *disk_encode(const struct plan_disk *d)
{
	struct json_object *doc = json_object_new_object();

	texts_encode(d, disk_texts, doc);
	json_object_object_add(doc, "virtual_size", json_object_new_int64(d->virtual_size));
	json_object_object_add(doc, "old_mode", json_object_new_int64(d->old_mode));
	json_object_object_add(doc, "bytes", json_object_new_int64(d->bytes));
	json_object_object_add(doc, "make", json_object_new_boolean(d->make));
	json_object_object_add(doc, "given", json_object_new_boolean(d->given));
	json_object_object_add(doc, "freeze", json_object_new_boolean(d->freeze));
	return doc;
}

static int64_t member_int(struct json_object *doc, const char *name)
{
	return json_object_get_int64(member_of(doc, name));
}

static void disk_decode(struct json_object *doc, struct plan_disk *d)
{
	texts_decode(doc, disk_texts, d);
	d->virtual_size = member_int(doc, "virtual_size");
	d->old_mode = member_int(doc, "old_mode");
	d->bytes = member_int(doc, "bytes");
	d->make = member_int(doc, "make");
	d->given = member_int(doc, "given");
	d->freeze = member_int(doc, "freeze");
}

/*
 * The version (form) of a plan's JSON text. Plans in FORM_TEXT do not say their form: all their members are strings,
 * and members that no operation declares were needed only by the process that ran the operation. A change of the
 * text's meaning needs a new form; plan_decode() must still read the old ones.
 */
#define FORM_TEXT 1
#define FORM 2

static int64_t form_of(struct json_object *doc)
{
	return member_of(doc, "form") ? member_int(doc, "form") : FORM_TEXT;
}

char *plan_encode(const struct plan *p)
{
	struct json_object *doc = json_object_new_object(), *disks = json_object_new_array();
	struct json_object *nodes = json_object_new_array();

	json_object_object_add(doc, "form", json_object_new_int(FORM));
	texts_encode(p, plan_texts, doc);
	json_object_object_add(doc, "commit", json_object_new_int(p->commit));
	json_object_object_add(doc, "running", json_object_new_boolean(p->running));
	for (size_t i = 0; i < p->n_disks; i++)
		json_object_array_add(disks, disk_encode(&p->disks[i]));
	json_object_object_add(doc, "disks", disks);
	for (size_t i = 0; i < p->nodes.n; i++)
		json_object_array_add(nodes, json_object_new_string(p->nodes.items[i]));
	json_object_object_add(doc, "nodes", nodes);
	json_object_object_add(doc, "changes", json_object_get(p->changes));
	json_object_object_add(doc, "extra", json_object_get(p->extra));

	char *text = xstrdup(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
	json_object_put(doc);
	return text;
}

/* Older versions wrote one image format for all new files of a plan. */
#define OLD_FORMAT "new-format"

static void read_old_format(struct plan *p)
{
	const char *format = p->extra ? member_text(p->extra, OLD_FORMAT) : NULL;

	for (size_t i = 0; format && i < p->n_disks; i++)
		if (!p->disks[i].new_format)
			p->disks[i].new_format = xstrdup(format);
}

/* ---- damaged plans: a store may be damaged on the disk --------------------------------------- */

static bool is_null_or(struct json_object *doc, const char *name, enum json_type type)
{
	struct json_object *v = member_of(doc, name);

	return !v || json_object_is_type(v, type);
}

static bool has(struct json_object *doc, const char *name, enum json_type type)
{
	return json_object_is_type(member_of(doc, name), type);
}

static bool texts_are_sound(struct json_object *doc, const struct text_member *members)
{
	for (; members->name; members++)
		if (!is_null_or(doc, members->name, json_type_string))
			return false;
	return true;
}

static bool disk_is_sound(struct json_object *disk)
{
	return json_object_is_type(disk, json_type_object) && texts_are_sound(disk, disk_texts);
}

static bool node_is_sound(struct json_object *node)
{
	return json_object_is_type(node, json_type_string);
}

/* True if a planned change, read from JSON text, has everything that apply_change() relies on. */
static bool change_is_sound(struct json_object *change)
{
	if (!has(change, "verb", json_type_string) || !has(change, "class", json_type_string) ||
		!has(change, "uuid", json_type_string))
		return false;
	const char *verb = member_text(change, "verb");

	if (str_eq(verb, "add") || str_eq(verb, "put"))
		return has(change, "doc", json_type_object);
	return str_eq(verb, "del") || (is_set(change) && has(change, "key", json_type_string));
}

static bool list_is_sound(
	struct json_object *doc, const char *name, bool (*is_sound)(struct json_object *item))
{
	struct json_object *list = member_of(doc, name);

	if (!is_null_or(doc, name, json_type_array))
		return false;
	for (size_t i = 0; i < list_length(list); i++)
		if (!is_sound(json_object_array_get_idx(list, i)))
			return false;
	return true;
}

static bool plan_is_sound(struct json_object *doc)
{
	int64_t commit = member_int(doc, "commit");

	return json_object_is_type(doc, json_type_object) && form_of(doc) >= FORM_TEXT &&
		texts_are_sound(doc, plan_texts) && commit >= COMMIT_STORE &&
		commit <= COMMIT_REPEAT && list_is_sound(doc, "disks", disk_is_sound) &&
		list_is_sound(doc, "nodes", node_is_sound) &&
		list_is_sound(doc, "changes", change_is_sound) &&
		is_null_or(doc, "extra", json_type_object);
}

static void decode(struct json_object *doc, struct plan *ret)
{
	struct json_object *disks = member_of(doc, "disks"), *nodes = member_of(doc, "nodes");

	texts_decode(doc, plan_texts, ret);
	ret->commit = (enum plan_commit)member_int(doc, "commit");
	ret->running = member_int(doc, "running");
	for (size_t i = 0; i < list_length(disks); i++)
		disk_decode(json_object_array_get_idx(disks, i), plan_add_disk(ret));
	for (size_t i = 0; i < list_length(nodes); i++)
		strv_add(&ret->nodes, json_object_get_string(json_object_array_get_idx(nodes, i)));
	ret->changes = json_object_get(member_of(doc, "changes"));
	ret->extra = json_object_get(member_of(doc, "extra"));
	if (form_of(doc) == FORM_TEXT)
		read_old_format(ret);
}

static int decode_text(const char *text, struct plan *ret, int64_t *form, struct vxe_error *err)
{
	struct json_object *doc = json_tokener_parse(text);
	int r = 0;

	*form = form_of(doc);
	if (*form > FORM)
		r = vxe_fail_internal(err,
			"an intent of a newer vxe is left (its plan has form %" PRId64
			", this vxe knows %d): 'vxe check' of that vxe ends it",
			*form, FORM);
	else if (!plan_is_sound(doc))
		r = vxe_fail_internal(err, "the plan of an intent is damaged");
	else
		decode(doc, ret);
	json_object_put(doc);
	return r;
}

int plan_decode(
	const char *text, const struct op_type *type, struct plan *ret, struct vxe_error *err)
{
	int64_t form;

	ret->op_type = type;
	if (decode_text(text, ret, &form, err) < 0)
		return -1;
	if (form == FORM_TEXT)
		plan_members_from_text(&ret->extra, type);
	_cleanup_free_ char *wrong = plan_members_check(ret->extra, type);

	return wrong ? vxe_fail_internal(err, "the plan of an intent is damaged: %s", wrong) : 0;
}

int plan_decode_any(const char *text, struct plan *ret, struct vxe_error *err)
{
	int64_t form;

	return decode_text(text, ret, &form, err);
}

void plan_clear(struct plan *p)
{
	for (size_t i = 0; i < p->n_disks; i++)
		texts_clear(&p->disks[i], disk_texts);
	free(p->disks);
	for (size_t i = 0; i < p->n_needs; i++) {
		free(p->needs[i].path);
		free(p->needs[i].memory_sr);
	}
	free(p->needs);
	texts_clear(p, plan_texts);
	json_object_put(p->changes);
	json_object_put(p->extra);
	strv_clear(&p->nodes);
	strv_clear(&p->freed);
	strv_clear(&p->named);
	strv_clear(&p->leaves);
	strv_clear(&p->stays);
	locks_clear(&p->locks);
	*p = (struct plan){ .op_type = p->op_type };
}
