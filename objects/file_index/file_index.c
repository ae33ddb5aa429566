/* SPDX-License-Identifier: MIT */
#include "objects/file_index/file_index.h"

#include <string.h>
#include <time.h>

/* ---- in memory ------------------------------------------------------------------------------- */

void user_empty(struct user *u)
{
	static const char no_texts[1];

	free(TAKE(u->own));
	u->domain = NULL;
	u->names = u->chain = no_texts;
	u->read_at = 0;
	u->volumes = false;
	u->believed = false;
	u->turned = false;
	u->below = NULL;
	if (u->filed == USER_FILED)
		u->filed = USER_FILED_OTHER;
}

void user_text_clear(struct user_text *text)
{
	free(TAKE(text->domain));
	strv_clear(&text->names);
	strv_clear(&text->chain);
}

/*
 * Appends the texts of the list @v to @to, each with its NUL, and an empty text as their end; returns the position in
 * @to at which they begin.
 */
static size_t add_texts(struct str *to, const struct strv *v)
{
	size_t at = to->len;

	for (size_t i = 0; i < v->n; i++)
		if (v->items[i][0])
			str_add_bytes(to, v->items[i], strlen(v->items[i]) + 1);
	str_add_bytes(to, "", 1);
	return at;
}

void user_fill(struct user *u, const struct user_text *text)
{
	struct str own = { 0 };
	size_t names = add_texts(&own, &text->names), chain = add_texts(&own, &text->chain);
	size_t domain = own.len;

	if (text->domain)
		str_add_bytes(&own, text->domain, strlen(text->domain) + 1);
	user_empty(u);
	u->own = str_steal(&own);
	u->names = u->own + names;
	u->chain = u->own + chain;
	u->domain = text->domain ? u->own + domain : NULL;
}

void users_index_clear(struct users_index *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct user *u = x->items[i];

		free(u->own);
		free(u->path);
		free(u);
	}
	free(x->items);
	free(x->slots);
	free(x->file);
	*x = (struct users_index){ 0 };
}

/* FNV-1a of the text, eight bytes at a time. */
uint64_t users_index_hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t n = strlen(text), step; n > 0; n -= step, text += step) {
		uint64_t piece = 0;

		step = n < sizeof(piece) ? n : sizeof(piece);
		memcpy(&piece, text, step);
		h = (h ^ piece) * 0x100000001b3;
		h ^= h >> 32;
	}
	return h;
}

/* The slot of the path in the hash table; if the path has none, the free slot where it belongs. */
static uint32_t *slot_of(const struct users_index *x, const char *path, uint64_t hash)
{
	size_t i = hash & (x->n_slots - 1);

	for (; x->slots[i]; i = (i + 1) & (x->n_slots - 1)) {
		const struct user *u = x->items[x->slots[i] - 1];

		if (u->hash == hash && str_eq(u->path, path))
			break;
	}
	return &x->slots[i];
}

struct user *users_index_find(const struct users_index *x, const char *path)
{
	uint32_t at = x->n_slots ? *slot_of(x, path, users_index_hash(path)) : 0;

	return at ? x->items[at - 1] : NULL;
}

static void make_slots(struct users_index *x, size_t n)
{
	free(x->slots);
	x->n_slots = n;
	x->slots = xcalloc(n, sizeof(*x->slots));
	for (size_t i = 0; i < x->n; i++)
		*slot_of(x, x->items[i]->path, x->items[i]->hash) = (uint32_t)i + 1;
}

void users_index_reserve(struct users_index *x, size_t n)
{
	size_t n_slots = 64;

	while (n_slots < 2 * (n + 64))
		n_slots *= 2;
	make_slots(x, n_slots);
}

struct user *users_index_get(struct users_index *x, const char *path)
{
	uint64_t hash = users_index_hash(path);
	uint32_t at = x->n_slots ? *slot_of(x, path, hash) : 0;

	if (at)
		return x->items[at - 1];
	if (2 * (x->n + 1) > x->n_slots)
		make_slots(x, x->n_slots ? 2 * x->n_slots : 64);
	if (x->n == x->room) {
		x->room = x->room ? 2 * x->room : 64;
		x->items = xrealloc(x->items, x->room, sizeof(struct user *));
	}
	struct user *u = xcalloc(1, sizeof(*u));

	user_empty(u);
	u->path = xstrdup(path);
	u->hash = hash;
	*slot_of(x, path, hash) = (uint32_t)x->n + 1;
	x->items[x->n++] = u;
	return u;
}

/* ---- what tells of a change ------------------------------------------------------------------ */

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct sign sign_of(const struct stat *st)
{
	return (struct sign){ (int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
		ns_of(st->st_mtim), ns_of(st->st_ctim) };
}

bool sign_is(const struct sign *a, const struct sign *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
		a->written == b->written && a->changed == b->changed;
}

int64_t clock_file(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return ns_of(now);
}

int64_t clock_grain(void)
{
	struct timespec tick;

	return clock_getres(CLOCK_REALTIME_COARSE, &tick) == 0 ? 2 * ns_of(tick) : 20000000;
}
