/* SPDX-License-Identifier: MIT */
/* Converts text to values and values to text, by the field's type alone. */
#include "objects/model/value.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "objects/base/clock.h"
#include "objects/model/enums.h"
#include "objects/model/read_txn.h"
#include "objects/model/record.h"

void value_clear(struct value *v)
{
	if (v->string)
		free(v->string);
	if (v->list.items)
		strv_clear(&v->list);
	if (v->map.items)
		map_clear(&v->map);
	*v = (struct value){ 0 };
}

/* ---- printing -------------------------------------------------------------------------------- */

static char *print_date(int64_t seconds)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(seconds, text);
	return xstrdup(text);
}

static char *print_map(const struct map *m, const char *sep)
{
	struct str s = { 0 };

	for (size_t i = 0; i < m->n; i++)
		str_addf(&s, "%s%s: %s", i ? sep : "", m->items[i].key, m->items[i].value);
	return str_steal(&s);
}

char *value_print(struct session *s, const struct field *f, const struct value *v)
{
	const char *sep = f->flags & F_COMMA ? ", " : "; ";

	(void)s;
	if (v->literal)
		return xstrdup(v->literal);
	switch (f->type) {
	case FIELD_STRING:
		return xstrdup(v->string ? v->string : "");
	case FIELD_REF:
		return xstrdup(v->string ? v->string : NOT_IN_DATABASE);
	case FIELD_INT:
		return xasprintf("%" PRId64, v->integer);
	case FIELD_BOOL:
		return xstrdup(v->integer ? "true" : "false");
	case FIELD_FLOAT:
		return xasprintf("%.3f", v->real);
	case FIELD_ENUM:
		return xstrdup(enum_print(f->arg, (int)v->integer));
	case FIELD_DATE:
		return print_date(v->integer);
	case FIELD_STRINGS:
	case FIELD_REFS:
		return strv_join(&v->list, sep);
	case FIELD_MAP:
		return print_map(&v->map, sep);
	}
	assert(false);
	return xstrdup("");
}

/* ---- numbers --------------------------------------------------------------------------------- */

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT32_MAX;
}

static unsigned int_base(const char **text)
{
	static const struct {
		char letter;
		unsigned base;
	} prefixes[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };

	if ((*text)[0] != '0')
		return 10;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (tolower((unsigned char)(*text)[1]) != prefixes[i].letter)
			continue;
		*text += 2;
		return prefixes[i].base;
	}
	return 10;
}

int int_parse(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	int64_t n = 0;

	if (*text == '-' || *text == '+')
		text++;

	unsigned base = int_base(&text);

	if (digit_value(*text) >= base)
		return -1;
	for (; *text; text++) {
		if (*text == '_')
			continue;

		int64_t digit = digit_value(*text);

		if (digit >= (int64_t)base || __builtin_mul_overflow(n, (int64_t)base, &n) ||
			__builtin_sub_overflow(n, digit,
				&n)) /* counts in negative numbers, because INT64_MIN must fit */
			return -1;
	}
	if (!negative && n == INT64_MIN)
		return -1;
	*ret = negative ? n : -n;
	return 0;
}

static int unit_shift(const char *unit, size_t len)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = { { "", 0 }, { "b", 0 }, { "bytes", 0 }, { "k", 10 }, { "kb", 10 },
		{ "kib", 10 }, { "m", 20 }, { "mb", 20 }, { "mib", 20 }, { "g", 30 }, { "gb", 30 },
		{ "gib", 30 }, { "t", 40 }, { "tb", 40 }, { "tib", 40 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strlen(units[i].name) == len && strncasecmp(units[i].name, unit, len) == 0)
			return units[i].shift;
	return -1;
}

int size_parse(const char *text, int64_t *ret)
{
	int64_t n = 0;

	text += strspn(text, " ");
	if (!isdigit((unsigned char)*text))
		return -1;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *text - '0', &n))
			return -1;
	text += strspn(text, " ");

	int shift = unit_shift(text, strcspn(text, " "));

	if (shift < 0 || __builtin_mul_overflow(n, (int64_t)1 << shift, &n))
		return -1;
	*ret = n;
	return 0;
}

/* ---- parsing --------------------------------------------------------------------------------- */

static int parse_int(
	const struct field *f, const char *text, struct value *ret, struct vxe_error *err)
{
	if (f->flags & F_SIZE) {
		if (size_parse(text, &ret->integer) == 0)
			return 0;
		return vxe_fail_value(err, SIZE_EXPECTED, f->name, text);
	}
	return int_parse(text, &ret->integer) == 0 ? 0
						   : vxe_fail_value(err, INTEGER_EXPECTED, f->name);
}

static int parse_bool(
	const struct field *f, const char *text, struct value *ret, struct vxe_error *err)
{
	if (str_eq(text, "true") || str_eq(text, "false")) {
		ret->integer = str_eq(text, "true");
		return 0;
	}
	if (f->flags & F_PLAIN)
		return vxe_fail_value(
			err, "Parameter %s must be a boolean (true or false)", f->name);
	return vxe_fail_value(err,
		"Failed to parse parameter '%s': expecting a boolean (true or false)", f->name);
}

static int parse_float(
	const struct field *f, const char *text, struct value *ret, struct vxe_error *err)
{
	char *end;

	ret->real = strtod(text, &end);
	if (end != text && !*end && __builtin_isfinite(ret->real))
		return 0;
	return vxe_fail_value(err, "Parameter %s must be a floating-point number", f->name);
}

static int parse_enum(
	const struct field *f, const char *text, struct value *ret, struct vxe_error *err)
{
	int value;

	if (enum_read(f->arg, text, &value, err) < 0)
		return -1;
	ret->integer = value;
	return 0;
}

static int check_ref(
	struct session *s, const struct class *cls, const char *uuid, struct vxe_error *err)
{
	bool exists;

	if (reader_name(s, cls, uuid, &exists, NULL, err) < 0)
		return -1;
	return exists ? 0 : vxe_fail(err, UUID_INVALID, cls->name, uuid);
}

static int parse_list(struct session *s, const struct field *f, const char *text, struct value *ret,
	struct vxe_error *err)
{
	strv_split(&ret->list, text, ',');
	for (size_t i = 0; f->type == FIELD_REFS && i < ret->list.n; i++)
		if (check_ref(s, field_class(f), ret->list.items[i], err) < 0)
			return -1;
	return 0;
}

static int parse_typed(struct session *s, const struct field *f, const char *text,
	struct value *ret, struct vxe_error *err)
{
	switch (f->type) {
	case FIELD_STRING:
		ret->string = xstrdup(text);
		return 0;
	case FIELD_INT:
		return parse_int(f, text, ret, err);
	case FIELD_BOOL:
		return parse_bool(f, text, ret, err);
	case FIELD_FLOAT:
		return parse_float(f, text, ret, err);
	case FIELD_ENUM:
		return parse_enum(f, text, ret, err);
	case FIELD_REF:
		if (!*text && f->flags & F_NULLABLE)
			return 0;
		ret->string = xstrdup(text);
		return check_ref(s, field_class(f), text, err);
	case FIELD_STRINGS:
	case FIELD_REFS:
		return parse_list(s, f, text, ret, err);
	case FIELD_DATE:
	case FIELD_MAP:
		break;
	}
	return vxe_fail_text(err, "Field '%s' is read-only.", f->name);
}

int value_parse(struct session *s, const struct field *f, const char *text, struct value *ret,
	struct vxe_error *err)
{
	_cleanup_value_ struct value v = { 0 };

	if (parse_typed(s, f, text, &v, err) < 0)
		return -1;
	*ret = v;
	v = (struct value){ 0 };
	return 0;
}
