/* SPDX-License-Identifier: MIT */
#include "objects/records/order.h"

#include <string.h>
#include <strings.h>

#include "objects/model/reader.h"
#include "objects/model/value.h"

void order_key_clear(struct order_key *k)
{
	for (size_t i = 0; i < ARRAY_LEN(k->values); i++) {
		value_clear(&k->values[i]);
		free(k->texts[i]);
	}
	*k = (struct order_key){ 0 };
}

static bool is_number(const struct field *f)
{
	return f->type == FIELD_INT || f->type == FIELD_DATE || f->type == FIELD_BOOL ||
	       f->type == FIELD_FLOAT;
}

/* "NAME UUID" of the object; "" if there is none. */
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

int order_key_read(struct session *s, const struct list_order *o, const void *obj,
	struct order_key *ret, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(o->by) && o->by[i]; i++) {
		const struct field *f = o->by[i];
		struct value *v = &ret->values[i];

		if (field_value(s, f, obj, v, err) < 0)
			return -1;
		if (is_number(f))
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

int order_compare(const struct list_order *o, const struct order_key *a, const struct order_key *b)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(o->by) && o->by[i] && !r; i++)
		r = a->texts[i] ? compare_texts(a->texts[i], b->texts[i])
				: compare_numbers(o->by[i], &a->values[i], &b->values[i]);
	return o->down ? -r : r;
}
