/* SPDX-License-Identifier: MIT */
/*
 * Growing text (struct str), lists of strings (struct strv) and ordered maps (struct map).
 * All three are valid when zeroed and own what they hold.
 */
#pragma once

#include "objects/base/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct str {
	char *data; /* NUL-terminated once anything was added, else NULL */
	size_t len;
	size_t cap;
};

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const char *data, size_t n);
void str_addf(struct str *s, const char *fmt, ...) _printf_(2, 3);
/* The current text of the string, never NULL; valid until the string is changed. */
const char *str_text(const struct str *s);
/* Returns the text of the string, owned by the caller and never NULL; @s is empty afterwards. */
char *str_steal(struct str *s);
void str_clear(struct str *s);
#define _cleanup_str_ _cleanup_(str_clear)

struct strv {
	size_t n;
	char **items;
};

void strv_add(struct strv *v, const char *s);
/* Adds @s to the list, which owns @s from now on. */
void strv_take(struct strv *v, char *s);
bool strv_has(const struct strv *v, const char *s);
/* Removes the first member that equals @s; false when there was none. */
bool strv_remove(struct strv *v, const char *s);
void strv_copy(struct strv *to, const struct strv *from); /* replaces what @to had */
/* Splits @text at each @sep into members of the list; empty pieces are kept; an empty text gives no piece. */
void strv_split(struct strv *v, const char *text, char sep);
void strv_sort(struct strv *v);
/* True if the list, which strv_sort() must have sorted, has the member @s. */
bool strv_has_sorted(const struct strv *v, const char *s);
char *strv_join(const struct strv *v, const char *sep) __attribute__((returns_nonnull));
void strv_clear(struct strv *v);
#define _cleanup_strv_ _cleanup_(strv_clear)

struct pair {
	char *key;
	char *value;
};

struct map {
	size_t n;
	struct pair *items; /* the pairs, in the order in which the keys were added */
};

/* The value of @key in the map; NULL when @key is absent. Borrowed until the map is changed. */
const char *map_get(const struct map *m, const char *key);
/* Adds the key with the value, or replaces the value of an existing key. */
void map_set(struct map *m, const char *key, const char *value);
bool map_remove(struct map *m, const char *key);
void map_copy(struct map *to, const struct map *from); /* replaces what @to had */
void map_clear(struct map *m);
#define _cleanup_map_ _cleanup_(map_clear)

/* The row called @name of a table of @n rows of @size bytes, whose first member is their name; NULL: there is none. */
const void *row_named(const void *rows, size_t n, size_t size, const char *name);

static inline bool str_eq(const char *a, const char *b)
{
	/*
	 * The comparison a == b is left out: with it gcc mistakes an owned text for the literal, and warns about its
	 * free().
	 */
	return a && b ? __builtin_strcmp(a, b) == 0 : !a && !b;
}

static inline bool str_is_empty(const char *s)
{
	return !s || !*s;
}

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/*
 * Length of the UTF-8 character at @p; *ret is its code point. 0: the bytes are no valid character, and *ret stays
 * unchanged.
 */
size_t utf8_character(const char *p, uint32_t *ret);
