/* SPDX-License-Identifier: MIT */
/* Filters of lists: finds the field that a key names, and compares values with what xe would print. */
#include "objects/queries/filter.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "objects/base/clock.h"
#include "objects/model/record.h"

static const struct field *lookup(const struct class *c, const char *name, bool loose)
{
	const struct field *f = loose ? class_field_loose(c, name) : class_field(c, name);

	return f && f->flags & F_OURS && !loose ? NULL : f;
}

/*
 * The field for which @is_kind is true and with whose name and '-' the text begins; of several, the one with the
 * longest name. NULL: none.
 */
static const struct field *longest(
	const struct class *c, const char *text, bool loose, bool (*is_kind)(const struct field *f))
{
	const struct field *best = NULL;
	size_t length = 0;

	for (const struct field *f = c->fields; f->name; f++) {
		size_t n = strlen(f->name);

		if (f->flags & F_INTERNAL || (f->flags & F_OURS && !loose) || !is_kind(f) ||
			n <= length)
			continue;
		if (strncmp(text, f->name, n) == 0 && text[n] == '-') {
			best = f;
			length = n;
		}
	}
	return best;
}

int field_resolve(const struct class *c, const char *text, bool loose, struct field_name *ret,
	struct vxe_error *err)
{
	const char *colon = strchr(text, ':');

	ret->loose = loose;
	if (colon) {
		_cleanup_free_ char *name = xstrndup(text, (size_t)(colon - text));

		ret->field = lookup(c, name, loose);
		ret->key = colon + 1;
		return ret->field ? 0 : vxe_fail_value(err, "Unknown field '%s'", text);
	}
	ret->key = NULL;
	ret->field = lookup(c, text, loose);
	if (ret->field)
		return 0;
	ret->field = longest(c, text, loose, field_is_map);
	if (!ret->field)
		ret->field = longest(c, text, loose, field_is_set);
	if (!ret->field)
		return vxe_fail_value(err, "Unknown field '%s'", text);
	ret->key = text + strlen(ret->field->name) + 1;
	return 0;
}

/* True if the field is a text and the key a way to compare texts, which xe does not have. */
static bool is_text_filter(const struct field_name *name)
{
	const struct field *f = name->field;
	bool text = f->type == FIELD_STRING || f->type == FIELD_ENUM ||
		(f->type == FIELD_REF && f->flags & F_NAME);

	return name->loose && text && name->key &&
		(str_eq(name->key, "contains") || str_eq(name->key, "glob"));
}

int filter_check(const struct field_name *name, struct vxe_error *err)
{
	if (!name->key || field_is_map(name->field) || is_text_filter(name))
		return 0;
	if (!field_is_set(name->field))
		return vxe_fail_value(err, "Field '%s' is not a set or map", name->field->name);
	if (strcmp(name->key, "contains") != 0)
		return vxe_fail_value(
			err, "Invalid syntax for set filtering (should be set-param:contains=key)");
	return 0;
}

/* True if the text is that time in ISO 8601, as JSON shows it. */
static bool is_time(const char *text, int64_t seconds)
{
	char iso[CLOCK_ISO_LEN + 1];

	clock_format_iso(seconds, iso);
	return str_eq(text, iso);
}

static bool value_matches(
	struct session *s, const struct field_name *name, const struct value *v, const char *wanted)
{
	if (name->key && field_is_map(name->field)) {
		const char *found = map_get(&v->map, name->key);

		return found && strcmp(found, wanted) == 0;
	}
	if (name->key && field_is_set(name->field))
		return strv_has(&v->list, wanted);

	_cleanup_free_ char *text = value_print(s, name->field, v);
	bool any_case = name->field->flags & F_NOCASE;

	if (is_text_filter(name) && str_eq(name->key, "glob"))
		return fnmatch(wanted, text, any_case ? FNM_CASEFOLD : 0) == 0;
	if (is_text_filter(name))
		return any_case ? strcasestr(text, wanted) != NULL : strstr(text, wanted) != NULL;
	if (name->loose && name->field->type == FIELD_DATE && !v->literal)
		return is_time(wanted, v->integer) || str_eq(text, wanted);
	return name->field->flags & F_NOCASE ? strcasecmp(text, wanted) == 0
					     : strcmp(text, wanted) == 0;
}

int filter_match(struct session *s, const struct field_name *name, const char *value,
	const void *obj, struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };

	if (field_value(s, name->field, obj, &v, err) < 0)
		return -1;
	return value_matches(s, name, &v, value);
}
