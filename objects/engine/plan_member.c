/* SPDX-License-Identifier: MIT */
/* Members of plans: reading and writing by name, and the check of members from the store. */
#include "objects/engine/plan_member.h"

#include "objects/engine/plan.h"
#include "objects/model/value.h"

#include <assert.h>
#include <json-c/json.h>

const struct plan_member *plan_member_find(
	const struct plan_member *const *tables, const char *name)
{
	for (; tables && *tables; tables++)
		for (const struct plan_member *m = *tables; m->name; m++)
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
	const struct plan_member *m = plan_member_find(p->members, name);

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

/* Text that is no value of the type stays as it is; plan_members_check() refuses it. */
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

void plan_members_from_text(struct json_object **extra, const struct plan_member *const *tables)
{
	struct json_object *now;

	if (!*extra)
		return;
	now = json_object_new_object();
	json_object_object_foreach(*extra, name, value)
	{
		const struct plan_member *m = plan_member_find(tables, name);

		if (m && json_object_is_type(value, json_type_string))
			json_object_object_add(now, name, from_text(m, value));
		else if (m && value)
			json_object_object_add(now, name, json_object_get(value));
	}
	json_object_put(*extra);
	*extra = now;
}

char *plan_members_check(struct json_object *extra, const struct plan_member *const *tables)
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
		const struct plan_member *m = plan_member_find(tables, name);

		if (!m)
			return xasprintf("'%s' is no member of this operation", name);
		if (!fits(m, value))
			return xasprintf("its member '%s' is not %s", name, types[m->type]);
	}
	return NULL;
}
