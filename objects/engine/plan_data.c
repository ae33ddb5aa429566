/* SPDX-License-Identifier: MIT */
/* Reads and writes the members of plans by name, and checks the members of a plan from the store. */
#include "objects/engine/plan_data.h"

#include "objects/engine/op.h"
#include "objects/engine/plan.h"
#include "objects/model/value.h"

#include <assert.h>
#include <json-c/json.h>

static size_t add_table(
	const struct plan_member *tables[OP_TABLES], size_t n, const struct plan_member *table)
{
	for (size_t i = 0; i < n; i++)
		if (tables[i] == table)
			return n;
	assert(n < OP_TABLES);
	tables[n] = table;
	return n + 1;
}

size_t op_tables(const struct op_type *type, const struct plan_member *ret[OP_TABLES])
{
	size_t n = 0;

	for (size_t i = 0; type && type->members && type->members[i]; i++)
		n = add_table(ret, n, type->members[i]);
	for (const struct step *st = type ? type->steps : NULL; st && st->name; st++)
		for (const struct step_act *act = st->act; act; act = act->within)
			if (act->members)
				n = add_table(ret, n, act->members);
	return n;
}

const struct plan_member *plan_member_find(const struct op_type *type, const char *name)
{
	const struct plan_member *tables[OP_TABLES];
	size_t n = op_tables(type, tables);

	for (size_t i = 0; i < n; i++)
		for (const struct plan_member *m = tables[i]; m->name; m++)
			if (str_eq(m->name, name))
				return m;
	return NULL;
}

static bool is_text(enum plan_type type)
{
	return type == PLAN_STRING || type == PLAN_UUID || type == PLAN_PATH;
}

static bool is_list_of_text(struct json_object *v)
{
	if (!json_object_is_type(v, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(v); i++)
		if (!json_object_is_type(json_object_array_get_idx(v, i), json_type_string))
			return false;
	return true;
}

static bool fits(const struct plan_member *m, struct json_object *v)
{
	switch (m->type) {
	case PLAN_STRING:
	case PLAN_UUID:
	case PLAN_PATH:
		return json_object_is_type(v, json_type_string);
	case PLAN_BOOL:
		return json_object_is_type(v, json_type_boolean);
	case PLAN_INT:
		return json_object_is_type(v, json_type_int);
	case PLAN_STRINGS:
		return is_list_of_text(v);
	}
	return false;
}

/* ---- reading and writing --------------------------------------------------------------------- */

static const struct plan_member *declared(const struct plan *p, const char *name)
{
	const struct plan_member *m = plan_member_find(p->op_type, name);

	assert(m && "an operation uses a member that it does not declare");
	return m;
}

static struct json_object *value_of(const struct plan *p, const struct plan_member *m)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(p->extra, m->name, &v) ? v : NULL;
}

static void keep(struct plan *p, const struct plan_member *m, struct json_object *value)
{
	assert(fits(m, value));
	if (!p->extra)
		p->extra = json_object_new_object();
	json_object_object_add(p->extra, m->name, value);
}

bool plan_has(const struct plan *p, const char *name)
{
	return value_of(p, declared(p, name)) != NULL;
}

const char *plan_string(const struct plan *p, const char *name)
{
	const struct plan_member *m = declared(p, name);

	assert(is_text(m->type));
	return json_object_get_string(value_of(p, m));
}

bool plan_bool(const struct plan *p, const char *name)
{
	const struct plan_member *m = declared(p, name);

	assert(m->type == PLAN_BOOL);
	return json_object_get_boolean(value_of(p, m));
}

int64_t plan_int(const struct plan *p, const char *name)
{
	const struct plan_member *m = declared(p, name);

	assert(m->type == PLAN_INT);
	return json_object_get_int64(value_of(p, m));
}

void plan_strings(const struct plan *p, const char *name, struct strv *ret)
{
	const struct plan_member *m = declared(p, name);
	struct json_object *list = value_of(p, m);

	assert(m->type == PLAN_STRINGS);
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		strv_add(ret, json_object_get_string(json_object_array_get_idx(list, i)));
}

void plan_keep(struct plan *p, const char *name, const char *value)
{
	const struct plan_member *m = declared(p, name);

	assert(is_text(m->type));
	if (value)
		keep(p, m, json_object_new_string(value));
	else if (p->extra)
		json_object_object_del(p->extra, name);
}

void plan_keep_bool(struct plan *p, const char *name, bool value)
{
	keep(p, declared(p, name), json_object_new_boolean(value));
}

void plan_keep_int(struct plan *p, const char *name, int64_t value)
{
	keep(p, declared(p, name), json_object_new_int64(value));
}

void plan_keep_one_more(struct plan *p, const char *name, const char *value)
{
	_cleanup_strv_ struct strv have = { 0 };

	plan_strings(p, name, &have);
	if (strv_has(&have, value))
		return;
	if (!have.n)
		keep(p, declared(p, name), json_object_new_array());
	json_object_array_add(value_of(p, declared(p, name)), json_object_new_string(value));
}

/* ---- from the store -------------------------------------------------------------------------- */

/*
 * Converts a plan member that is a string to its declared type. A string that is no value of the type stays as it is;
 * plan_members_check() then refuses it.
 */
static struct json_object *from_text(const struct plan_member *m, struct json_object *v)
{
	const char *text = json_object_get_string(v);
	_cleanup_strv_ struct strv words = { 0 };
	int64_t n;

	if (m->type == PLAN_BOOL && (str_eq(text, "true") || str_eq(text, "false")))
		return json_object_new_boolean(str_eq(text, "true"));
	if (m->type == PLAN_INT && int_parse(text, &n) == 0)
		return json_object_new_int64(n);
	if (m->type != PLAN_STRINGS)
		return json_object_get(v);
	strv_split(&words, text, ' ');
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < words.n; i++)
		json_object_array_add(list, json_object_new_string(words.items[i]));
	return list;
}

void plan_members_from_text(struct json_object **extra, const struct op_type *type)
{
	struct json_object *now;

	if (!*extra)
		return;
	now = json_object_new_object();
	json_object_object_foreach(*extra, name, value)
	{
		const struct plan_member *m = plan_member_find(type, name);

		if (m && json_object_is_type(value, json_type_string))
			json_object_object_add(now, name, from_text(m, value));
		else if (m && value)
			json_object_object_add(now, name, json_object_get(value));
	}
	json_object_put(*extra);
	*extra = now;
}

char *plan_members_check(struct json_object *extra, const struct op_type *type)
{
	static const char *const types[] = { [PLAN_STRING] = "text",
		[PLAN_UUID] = "text",
		[PLAN_PATH] = "text",
		[PLAN_BOOL] = "true or false",
		[PLAN_INT] = "a number",
		[PLAN_STRINGS] = "a list of texts" };

	if (!extra)
		return NULL;
	json_object_object_foreach(extra, name, value)
	{
		const struct plan_member *m = plan_member_find(type, name);

		if (!m)
			return xasprintf("'%s' is no member of this operation", name);
		if (!fits(m, value))
			return xasprintf("its member '%s' is not %s", name, types[m->type]);
	}
	return NULL;
}
