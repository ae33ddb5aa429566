/* SPDX-License-Identifier: MIT */
/* Text that grows, lists of strings, and maps that keep the order of their keys. */
#include "objects/base/str.h"

#include <stdio.h>
#include <string.h>

void str_add_bytes(struct str *s, const char *data, size_t n)
{
	if (s->len + n + 1 > s->cap) {
		s->cap = (s->len + n + 1) * 2;
		s->data = xrealloc(s->data, s->cap, 1);
	}
	memcpy(s->data + s->len, data, n);
	s->len += n;
	s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(s->data ? s->data + s->len : NULL, s->cap - s->len, fmt, ap);

	va_end(ap);
	if (n < 0)
		abort();
	if (s->len + (size_t)n + 1 > s->cap) {
		s->cap = (s->len + (size_t)n + 1) * 2;
		s->data = xrealloc(s->data, s->cap, 1);
		(void)vsnprintf(s->data + s->len, s->cap - s->len, fmt, again);
	}
	va_end(again);
	s->len += (size_t)n;
}

const char *str_text(const struct str *s)
{
	return s->data ? s->data : "";
}

char *str_steal(struct str *s)
{
	char *text = s->data ? s->data : xstrdup("");

	*s = (struct str){ 0 };
	return text;
}

void str_clear(struct str *s)
{
	free(s->data);
	*s = (struct str){ 0 };
}

void strv_take(struct strv *v, char *s)
{
	v->items = xrealloc(v->items, v->n + 1, sizeof(*v->items));
	v->items[v->n++] = s;
}

void strv_add(struct strv *v, const char *s)
{
	strv_take(v, xstrdup(s));
}

bool strv_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->items[i], s) == 0)
			return true;
	return false;
}

bool strv_remove(struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->n; i++) {
		if (strcmp(v->items[i], s) != 0)
			continue;
		free(v->items[i]);
		memmove(v->items + i, v->items + i + 1, (v->n - i - 1) * sizeof(*v->items));
		v->n--;
		return true;
	}
	return false;
}

void strv_copy(struct strv *to, const struct strv *from)
{
	struct strv copy = { 0 };

	for (size_t i = 0; i < from->n; i++)
		strv_add(&copy, from->items[i]);
	strv_clear(to);
	*to = copy;
}

void strv_split(struct strv *v, const char *text, char sep)
{
	if (!*text)
		return;
	for (;;) {
		const char *end = strchrnul(text, sep);

		strv_take(v, xstrndup(text, (size_t)(end - text)));
		if (!*end)
			return;
		text = end + 1;
	}
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
	if (v->n)
		qsort(v->items, v->n, sizeof(*v->items), compare_strings);
}

bool strv_has_sorted(const struct strv *v, const char *s)
{
	return v->n && bsearch(&s, v->items, v->n, sizeof(*v->items), compare_strings);
}

char *strv_join(const struct strv *v, const char *sep)
{
	struct str s = { 0 };

	for (size_t i = 0; i < v->n; i++) {
		if (i)
			str_add(&s, sep);
		str_add(&s, v->items[i]);
	}
	return str_steal(&s);
}

void strv_clear(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct strv){ 0 };
}

const void *row_named(const void *rows, size_t n, size_t size, const char *name)
{
	for (const char *row = rows; n--; row += size)
		if (strcmp(*(const char *const *)(const void *)row, name) == 0)
			return row;
	return NULL;
}

static struct pair *map_find(const struct map *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->items[i].key, key) == 0)
			return &m->items[i];
	return NULL;
}

const char *map_get(const struct map *m, const char *key)
{
	const struct pair *p = map_find(m, key);

	return p ? p->value : NULL;
}

void map_set(struct map *m, const char *key, const char *value)
{
	struct pair *p = map_find(m, key);

	if (p) {
		str_replace(&p->value, value);
		return;
	}
	m->items = xrealloc(m->items, m->n + 1, sizeof(*m->items));
	m->items[m->n++] = (struct pair){ xstrdup(key), xstrdup(value) };
}

bool map_remove(struct map *m, const char *key)
{
	struct pair *p = map_find(m, key);

	if (!p)
		return false;
	free(p->key);
	free(p->value);
	memmove(p, p + 1, (size_t)(m->items + m->n - (p + 1)) * sizeof(*p));
	m->n--;
	return true;
}

void map_copy(struct map *to, const struct map *from)
{
	struct map copy = { 0 };

	for (size_t i = 0; i < from->n; i++)
		map_set(&copy, from->items[i].key, from->items[i].value);
	map_clear(to);
	*to = copy;
}

void map_clear(struct map *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->items[i].key);
		free(m->items[i].value);
	}
	free(m->items);
	*m = (struct map){ 0 };
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

size_t utf8_character(const char *p, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *b = (const unsigned char *)p;
	size_t len = b[0] < 0x80 ? 1 : (b[0] & 0xe0) == 0xc0 ? 2 : (b[0] & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t code = len == 1 ? b[0] : b[0] & (0xffU >> (len + 1));

	if (len == 4 && (b[0] & 0xf8) != 0xf0)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (b[i] & 0x3f);
	}
	if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret = code;
	return len;
}
