/* SPDX-License-Identifier: MIT */
/*
 * Reads for lists and getters: in one transaction. The first names of objects are read one by one; when
 * there are more, all names of their class are read at once from the store's columns.
 */
#include "objects/model/read_txn.h"

#include <json-c/json.h>
#include <string.h>

struct name {
	char *uuid, *name; /* @name is NULL if the store has no object with @uuid */
};

/* This many names of a class are read one by one; then all are read at once. */
#define FEW 32

/* The names of one class. */
struct names {
	const struct class *cls;
	bool all; /* all names of the class are here, sorted by UUID; else only those that were asked for */
	size_t n, room;
	struct name *items;
	struct names *next;
};

static void names_free(struct names *all)
{
	while (all) {
		struct names *next = all->next;

		for (size_t i = 0; i < all->n; i++) {
			free(all->items[i].uuid);
			free(all->items[i].name);
		}
		free(all->items);
		free(all);
		all = next;
	}
}

int reader_begin(struct session *s, struct txn *t, struct reader *ret, struct vxe_error *err)
{
	struct reader r = { .s = s };

	if (s->read_txn) {
		*ret = (struct reader){ 0 };
		return 0;
	}
	if (!t) {
		if (txn_begin(s->store, TXN_READ, &r.owned, err) < 0)
			return -1;
		t = r.owned;
	}
	s->read_txn = t;
	*ret = r;
	return 0;
}

void reader_end(struct reader *r)
{
	if (!r->s)
		return;
	names_free(r->s->names);
	r->s->names = NULL;
	r->s->read_txn = NULL;
	txn_abort(r->owned);
	*r = (struct reader){ 0 };
}

/* ---- names ----------------------------------------------------------------------------------- */

static struct name *add_read_name(struct names *names, const char *uuid, const char *name)
{
	if (names->n == names->room) {
		names->room = names->room ? 2 * names->room : 16;
		names->items = xrealloc(names->items, names->room, sizeof(*names->items));
	}
	names->items[names->n] = (struct name){ xstrdup(uuid), xstrdup_null(name) };
	return &names->items[names->n++];
}

static int add_name(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)err;
	add_read_name(ctx, uuid, values[0] ? values[0] : "");
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->uuid, ((const struct name *)b)->uuid);
}

static struct names *names_of(struct session *s, const struct class *c)
{
	struct names *names = s->names;

	while (names && names->cls != c)
		names = names->next;
	if (!names) {
		names = xcalloc(1, sizeof(*names));
		names->cls = c;
		names->next = s->names;
		s->names = names; /* reader_end() frees it */
	}
	return names;
}

/*
 * Reads the names of all objects of the class. Names that were read one by one before stay in memory, because callers
 * hold pointers to them.
 */
static int read_all_names(
	struct session *s, const struct class *c, struct names **ret, struct vxe_error *err)
{
	const char *const columns[] = { class_field(c, "name-label") ? "name_label" : NULL, NULL };
	struct names *names = xcalloc(1, sizeof(*names));

	names->cls = c;
	names->all = true;
	names->next = s->names;
	s->names = names;
	if (txn_scan(s->read_txn, c->name, columns, add_name, names, err) < 0)
		return -1;
	if (names->n)
		qsort(names->items, names->n, sizeof(*names->items), compare_names);
	*ret = names;
	return 0;
}

static const struct name *find_read_name(const struct names *names, const char *uuid)
{
	union {
		const char *in;
		char *key;
	} u = { uuid };
	const struct name key = { .uuid = u.key };

	if (names->all && names->n)
		return bsearch(&key, names->items, names->n, sizeof(key), compare_names);
	for (size_t i = 0; i < names->n; i++)
		if (compare_names(&names->items[i], &key) == 0)
			return &names->items[i];
	return NULL;
}

static int read_one(struct session *s, struct names *names, const char *uuid,
	const struct name **ret, struct vxe_error *err)
{
	struct json_object *doc;
	const char *label = NULL;

	if (txn_get(s->read_txn, names->cls->name, uuid, &doc, NULL, err) < 0)
		return -1;
	if (doc) {
		label = json_object_get_string(json_object_object_get(doc, "name_label"));
		label = label ? label : "";
	}
	*ret = add_read_name(names, uuid, label);
	json_object_put(doc);
	return 0;
}

int reader_name(struct session *s, const struct class *c, const char *uuid, bool *exists,
	const char **name, struct vxe_error *err)
{
	_cleanup_reader_ struct reader r = { 0 };

	*exists = false;
	if (!c || !c->fields) /* xe has this class, vxe has no table for it */
		return 0;
	if (reader_begin(s, NULL, &r, err) < 0)
		return -1;
	struct names *names = names_of(s, c);
	const struct name *found = find_read_name(names, uuid);

	if (!found && !names->all && names->n == FEW) {
		if (read_all_names(s, c, &names, err) < 0)
			return -1;
		found = find_read_name(names, uuid);
	}
	if (!found && !names->all && read_one(s, names, uuid, &found, err) < 0)
		return -1;
	*exists = found && found->name;
	if (*exists && name)
		*name = found->name;
	return 0;
}

int reader_uuids(
	struct session *s, const struct class *c, struct strv *uuids, struct vxe_error *err)
{
	_cleanup_reader_ struct reader r = { 0 };
	struct names *names;

	if (reader_begin(s, NULL, &r, err) < 0)
		return -1;
	names = names_of(s, c);
	if (!names->all && read_all_names(s, c, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		strv_add(uuids, names->items[i].uuid);
	return 0;
}

static int add_user(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	(void)doc, (void)err;
	strv_add(ctx, uuid);
	return 0;
}

int reader_users(struct session *s, const struct class *c, const char *column, const char *value,
	struct strv *ret, struct vxe_error *err)
{
	_cleanup_reader_ struct reader r = { 0 };

	if (reader_begin(s, NULL, &r, err) < 0 ||
		txn_find(s->read_txn, c->name, column, value, add_user, ret, err) < 0)
		return -1;
	strv_sort(ret);
	return 0;
}
