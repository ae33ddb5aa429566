/* SPDX-License-Identifier: MIT */
/* The document of an XVA archive as a tree of values: makes it, writes it as XML text, and reads its values by type. */
#include "backends/xva/ova.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "objects/base/clock.h"
#include "objects/base/escape.h"

/* ---- making ----------------------------------------------------------------------------------- */

struct ova *ova_new(enum ova_type type)
{
	struct ova *v = xcalloc(1, sizeof(*v));

	v->type = type;
	return v;
}

/*
 * Frees the members and the text of a value of the document. The recursion is not deep, because the depth of
 * documents is limited.
 */
static void clear(struct ova *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->items[i].name);
		clear(&v->items[i].value);
	}
	free(v->items);
	free(v->text);
}

void ova_free(struct ova *v)
{
	if (!v)
		return;
	clear(v);
	free(v);
}

struct ova *ova_add(struct ova *parent, const char *name, enum ova_type type)
{
	/* The array of members is doubled when it is full, because a struct or list may have many. */
	if ((parent->n & (parent->n - 1)) == 0)
		parent->items = xrealloc(
			parent->items, parent->n ? parent->n * 2 : 1, sizeof(*parent->items));
	struct ova_member *m = &parent->items[parent->n++];

	*m = (struct ova_member){ xstrdup_null(name), { .type = type } };
	return &m->value;
}

void ova_add_text(struct ova *parent, const char *name, const char *text)
{
	ova_add(parent, name, OVA_TEXT)->text = xstrdup(text ? text : "");
}

/* Adds the number as a text element, because XML-RPC's integer elements have only 32 bits. */
void ova_add_int(struct ova *parent, const char *name, int64_t n)
{
	ova_add(parent, name, OVA_TEXT)->text = xasprintf("%" PRId64, n);
}

void ova_add_bool(struct ova *parent, const char *name, bool on)
{
	ova_add(parent, name, OVA_BOOL)->text = xstrdup(on ? "1" : "0");
}

void ova_add_float(struct ova *parent, const char *name, double n)
{
	ova_add(parent, name, OVA_FLOAT)->text = xasprintf("%.16g", n);
}

void ova_add_date(struct ova *parent, const char *name, int64_t seconds)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(seconds, text);
	ova_add(parent, name, OVA_DATE)->text = xstrdup(text);
}

void ova_add_map(struct ova *parent, const char *name, const struct map *m)
{
	struct ova *v = ova_add(parent, name, OVA_STRUCT);

	for (size_t i = 0; m && i < m->n; i++)
		if (*m->items[i].key) /* other programs cannot read an empty name */
			ova_add_text(v, m->items[i].key, m->items[i].value);
}

void ova_add_strings(struct ova *parent, const char *name, const struct strv *list)
{
	struct ova *v = ova_add(parent, name, OVA_LIST);

	for (size_t i = 0; list && i < list->n; i++)
		ova_add_text(v, NULL, list->items[i]);
}

/* ---- writing ---------------------------------------------------------------------------------- */

/* The length of the UTF-8 character at @s; 0: XML does not allow this character, or the bytes are not UTF-8. */
static size_t character(const char *s)
{
	uint32_t code = 0;
	size_t n = utf8_character(s, &code);

	return code == 0xfffe || code == 0xffff ? 0 : n;
}

static const char *escape(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\r': /* XML parsers turn a plain CR into a line feed */
		return "&#13;";
	default:
		return NULL;
	}
}

static void put_text(struct str *s, const char *text)
{
	for (size_t n; *text; text += n ? n : 1) {
		const char *escaped = escape(*text);

		n = character(text);
		if (escaped)
			str_add(s, escaped);
		else if (n == 0)
			str_add(s, "\xef\xbf\xbd");
		else if (n > 1 || (unsigned char)*text >= 0x20 || *text == '\t' || *text == '\n')
			str_add_bytes(s, text, n);
	}
}

static void put_value(struct str *s, const struct ova *v);

static void put_value(struct str *s, const struct ova *v)
{
	static const char *const open[] = {
		[OVA_TEXT] = "",
		[OVA_BOOL] = "<boolean>",
		[OVA_DATE] = "<dateTime.iso8601>",
		[OVA_FLOAT] = "<double>",
		[OVA_LIST] = "<array><data>",
		[OVA_STRUCT] = "<struct>",
	};
	static const char *const close[] = {
		[OVA_TEXT] = "",
		[OVA_BOOL] = "</boolean>",
		[OVA_DATE] = "</dateTime.iso8601>",
		[OVA_FLOAT] = "</double>",
		[OVA_LIST] = "</data></array>",
		[OVA_STRUCT] = "</struct>",
	};

	str_add(s, "<value>");
	str_add(s, open[v->type]);
	if (v->text)
		put_text(s, v->text);
	for (size_t i = 0; i < v->n; i++) {
		if (v->type == OVA_LIST) {
			put_value(s, &v->items[i].value);
			continue;
		}
		str_add(s, "<member><name>");
		put_text(s, v->items[i].name);
		str_add(s, "</name>");
		put_value(s, &v->items[i].value);
		str_add(s, "</member>");
	}
	str_add(s, close[v->type]);
	str_add(s, "</value>");
}

char *ova_write(const struct ova *v, size_t *length)
{
	struct str s = { 0 };

	put_value(&s, v);
	*length = s.len;
	return str_steal(&s);
}

/* ---- asking ----------------------------------------------------------------------------------- */

int ova_fail(struct vxe_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *text = shown_vprintf(SHOWN_TEXT, fmt, ap);
	va_end(ap);
	return vxe_fail(err, IMPORT_ERROR, text);
}

const struct ova *ova_get(const struct ova *v, const char *name)
{
	for (size_t i = 0; v && v->type == OVA_STRUCT && i < v->n; i++)
		if (str_eq(v->items[i].name, name))
			return &v->items[i].value;
	return NULL;
}

/* The text of the scalar value @v; NULL with IMPORT_ERROR if @v is missing, or is a list or struct. */
static const char *scalar(const struct ova *v, const char *what, struct vxe_error *err)
{
	if (!v)
		(void)ova_fail(err, "%s is missing", what);
	else if (v->type == OVA_LIST || v->type == OVA_STRUCT)
		(void)ova_fail(err, "%s is not a single value", what);
	else
		return v->text ? v->text : "";
	return NULL;
}

int ova_text(const struct ova *v, const char *what, const char **ret, struct vxe_error *err)
{
	*ret = scalar(v, what, err);
	if (!*ret)
		return -1;
	return v->type == OVA_TEXT ? 0 : ova_fail(err, "%s is not text", what);
}

int ova_int(const struct ova *v, const char *what, int64_t *ret, struct vxe_error *err)
{
	const char *text = scalar(v, what, err);
	int64_t n = 0;

	if (!text)
		return -1;
	bool minus = *text == '-';
	const char *digit = text + minus;
	bool bad = v->type != OVA_TEXT || !*digit;
	for (; *digit && !bad; digit++)
		bad = *digit < '0' || *digit > '9' || __builtin_mul_overflow(n, 10, &n) ||
			__builtin_sub_overflow(n, *digit - '0', &n);
	if (bad || (!minus && n == INT64_MIN))
		return ova_fail(err, "%s is not a number: %s", what, text);
	*ret = minus ? n : -n;
	return 0;
}

int ova_bool(const struct ova *v, const char *what, bool *ret, struct vxe_error *err)
{
	const char *text = scalar(v, what, err);

	if (!text)
		return -1;
	if (v->type != OVA_BOOL)
		return ova_fail(err, "%s is not a boolean", what);
	*ret = *text == '1';
	return 0;
}

int ova_float(const struct ova *v, const char *what, double *ret, struct vxe_error *err)
{
	const char *text = scalar(v, what, err);
	char *end;

	if (!text)
		return -1;
	*ret = strtod(text, &end);
	return *text && !*end && isfinite(*ret)
		? 0
		: ova_fail(err, "%s is not a number: %s", what, text);
}

/* Reads a date, with or without dashes, with or without a fraction of a second. */
int ova_date(const struct ova *v, const char *what, int64_t *ret, struct vxe_error *err)
{
	_cleanup_str_ struct str plain = { 0 };
	const char *text = scalar(v, what, err);
	bool fraction = false;

	if (!text)
		return -1;
	for (const char *c = text; *c; c++) {
		fraction = *c == '.' || (fraction && *c >= '0' && *c <= '9');
		if (*c != '-' && !fraction)
			str_add_bytes(&plain, c, 1);
	}
	if (plain.len && !str_ends(str_text(&plain), "Z"))
		str_add(&plain, "Z");
	return clock_parse(str_text(&plain), ret) == 0
		? 0
		: ova_fail(err, "%s is not a time: %s", what, text);
}

int ova_map(const struct ova *v, const char *what, struct map *ret, struct vxe_error *err)
{
	if (!v || v->type != OVA_STRUCT)
		return ova_fail(err, "%s is not a map", what);
	for (size_t i = 0; i < v->n; i++) {
		const char *text = scalar(&v->items[i].value, what, err);

		if (!text)
			return -1;
		/*
		 * Appends the pair without map_set()'s search for the key: the parser refuses a struct with two
		 * members of one name.
		 */
		if ((ret->n & (ret->n - 1)) == 0)
			ret->items =
				xrealloc(ret->items, ret->n ? ret->n * 2 : 1, sizeof(*ret->items));
		ret->items[ret->n++] = (struct pair){ xstrdup(v->items[i].name), xstrdup(text) };
	}
	return 0;
}

int ova_strings(const struct ova *v, const char *what, struct strv *ret, struct vxe_error *err)
{
	if (!v || v->type != OVA_LIST)
		return ova_fail(err, "%s is not a list", what);
	for (size_t i = 0; i < v->n; i++) {
		const char *text = scalar(&v->items[i].value, what, err);

		if (!text)
			return -1;
		strv_add(ret, text);
	}
	return 0;
}
