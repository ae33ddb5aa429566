/* SPDX-License-Identifier: MIT */
#include "objects/queries/list_order.h"

#include <string.h>
#include <strings.h>

#include "objects/model/read_txn.h"

/* What is compared of one object. */
struct key {
	struct value values[2];
	char *texts[2]; /* NULL: compare the value instead */
	const char *uuid;
	size_t at; /* index of the object */
};

static void keys_free(struct key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(keys[i].values); k++) {
			value_clear(&keys[i].values[k]);
			free(keys[i].texts[k]);
		}
	free(keys);
}

/*
 * The text by which references are sorted: name-label, tab and UUID of the referred object; the name is "" if the
 * object is gone, and both are "" for a null reference.
 */
static int reference_text(struct session *s, const struct field *f, const struct value *v,
	char **ret, struct vxe_error *err)
{
	const struct class *c = field_class(f);
	const char *name = "";
	bool exists = false;

	if (c && v->string && reader_name(s, c, v->string, &exists, &name, err) < 0)
		return -1;
	*ret = xasprintf("%s\t%s", exists ? name : "", v->string ? v->string : "");
	return 0;
}

static int read_key(struct session *s, const struct list_order *o, const void *obj, struct key *ret,
	struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(o->by) && o->by[i]; i++) {
		const struct field *f = o->by[i];
		struct value *v = &ret->values[i];

		if (field_value(s, f, obj, v, err) < 0)
			return -1;
		if (f->type == FIELD_INT || f->type == FIELD_DATE || f->type == FIELD_BOOL ||
			f->type == FIELD_FLOAT)
			continue;
		if (f->type == FIELD_REF && !(f->flags & F_NAME)) {
			if (reference_text(s, f, v, &ret->texts[i], err) < 0)
				return -1;
		} else {
			ret->texts[i] = value_print(s, f, v);
		}
	}
	return 0;
}

static int compare_numbers(const struct field *f, const struct value *a, const struct value *b)
{
	if (a->literal || b->literal)
		return !a->literal - !b->literal;
	if (f->type == FIELD_FLOAT)
		return (a->real > b->real) - (a->real < b->real);
	return (a->integer > b->integer) - (a->integer < b->integer);
}

static int compare_texts(const char *a, const char *b)
{
	int r = strcasecmp(a, b);

	return r ? r : strcmp(a, b);
}

static int compare_keys(const void *one, const void *other, void *order)
{
	const struct key *a = one, *b = other;
	const struct list_order *o = order;
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(o->by) && o->by[i] && !r; i++)
		r = a->texts[i] ? compare_texts(a->texts[i], b->texts[i])
				: compare_numbers(o->by[i], &a->values[i], &b->values[i]);
	return r ? (o->down ? -r : r) : strcmp(a->uuid, b->uuid);
}

int order_places(struct session *s, const struct list_order *o, const struct record *const objs[],
	size_t n, size_t ret[], struct vxe_error *err)
{
	struct list_order order = *o; /* a copy, because qsort_r() takes no pointer to a constant */
	struct key *keys = xcalloc(n + 1, sizeof(*keys));
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		keys[i].uuid = objs[i]->uuid;
		keys[i].at = i;
		r = session_ended(err) < 0 ? -1 : read_key(s, o, objs[i], &keys[i], err);
	}
	if (r == 0)
		qsort_r(keys, n, sizeof(*keys), compare_keys, &order);
	for (size_t i = 0; i < n && r == 0; i++)
		ret[i] = keys[i].at;
	keys_free(keys, n);
	return r;
}
