/* SPDX-License-Identifier: MIT */
/*
 * Reads for lists and getters: in one transaction, with the names of objects by uuid, sorted, read
 * once per class from the store's columns.
 */
#include "objects/model/reader.h"

#include <string.h>

struct name {
	char *uuid, *name;
};

/* The names of one class. */
struct names {
	const struct class *cls;
	size_t n, room;
	struct name *items; /* by uuid */
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

static int add_name(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct names *names = ctx;

	(void)err;
	if (names->n == names->room) {
		names->room = names->room ? 2 * names->room : 16;
		names->items = xrealloc(names->items, names->room, sizeof(*names->items));
	}
	names->items[names->n++] =
		(struct name){ xstrdup(uuid), xstrdup(values[0] ? values[0] : "") };
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->uuid, ((const struct name *)b)->uuid);
}

/* The names of the class; reads them at the first call. */
static int names_of(
	struct session *s, const struct class *c, const struct names **ret, struct vxe_error *err)
{
	struct names *names = s->names;

	while (names && names->cls != c)
		names = names->next;
	if (!names) {
		names = xcalloc(1, sizeof(*names));
		names->cls = c;
		names->next = s->names;
		s->names = names; /* reader_end() frees it also when reading fails */
		const struct field *label = class_field(c, "name-label");
		const char *const columns[] = { label ? "name_label" : NULL, NULL };

		if (txn_scan(s->read_txn, c->name, columns, add_name, names, err) < 0)
			return -1;
		if (names->n)
			qsort(names->items, names->n, sizeof(*names->items), compare_names);
	}
	*ret = names;
	return 0;
}

int reader_name(struct session *s, const struct class *c, const char *uuid, bool *exists,
	const char **name, struct vxe_error *err)
{
	_cleanup_reader_ struct reader r = { 0 };
	const struct names *names;

	*exists = false;
	if (!c || !c->fields) /* a class of xe's without table in vxe */
		return 0;
	if (reader_begin(s, NULL, &r, err) < 0 || names_of(s, c, &names, err) < 0)
		return -1;
	if (!names->n)
		return 0;

	union {
		const char *in;
		char *key;
	} u = { uuid };
	const struct name *found = bsearch(&(struct name){ .uuid = u.key }, names->items, names->n,
		sizeof(*names->items), compare_names);

	*exists = found != NULL;
	if (found && name)
		*name = found->name;
	return 0;
}

int reader_uuids(
	struct session *s, const struct class *c, struct strv *uuids, struct vxe_error *err)
{
	_cleanup_reader_ struct reader r = { 0 };
	const struct names *names;

	if (reader_begin(s, NULL, &r, err) < 0 || names_of(s, c, &names, err) < 0)
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
