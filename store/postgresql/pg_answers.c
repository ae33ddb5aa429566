/* SPDX-License-Identifier: MIT */
/*
 * The answers of the server that this process has, so that a command which asks the same in its next transaction does not wait for
 * the network. All are of one generation of the records, so they are what a transaction of that generation would be told.
 */
#include "store/postgresql/pg_store.h"

#include <string.h>

/* One that is larger, or comes later, is not kept. */
#define KEPT_MAX 512
#define KEPT_BYTES ((size_t)4 << 20)

struct pg_answer *pg_answer_ref(struct pg_answer *a)
{
	a->refs++;
	return a;
}

void pg_answer_unref(struct pg_answer *a)
{
	if (!a || --a->refs)
		return;
	PQclear(a->result);
	pg_indexes_free(a->indexes);
	free(a->question);
	free(a->about);
	free(a);
}

char *pg_about(const char *cls, const char *uuid)
{
	return xasprintf("%s/%s", cls, uuid);
}

/* FNV-1a. */
static size_t bit_of(const char *about)
{
	uint32_t hash = 2166136261U;

	for (; *about; about++)
		hash = (hash ^ (unsigned char)*about) * 16777619U;
	return (hash ^ hash >> 16) % PG_TOUCHED_BITS;
}

bool pg_answers_touched(const struct pg_answers *k, const char *about)
{
	return k->touched[bit_of(about)];
}

static size_t bytes_of(const struct pg_answer *a)
{
	return a->whole ? 0 : PQresultMemorySize(a->result);
}

static void count(struct pg_answers *k, const struct pg_answer *a)
{
	k->bytes += bytes_of(a);
	k->whole += a->whole;
}

typedef bool drop_fn(const struct pg_answers *k, const struct pg_answer *a);

static void drop(struct pg_answers *k, drop_fn *drops)
{
	size_t n = 0;

	k->bytes = k->whole = 0;
	for (size_t i = 0; i < k->n; i++) {
		struct pg_answer *a = k->items[i];

		if (drops(k, a)) {
			pg_answer_unref(a);
			continue;
		}
		count(k, a);
		k->items[n++] = a;
	}
	k->n = n;
}

static bool is_any(const struct pg_answers *k, const struct pg_answer *a)
{
	(void)k, (void)a;
	return true;
}

static bool is_own(const struct pg_answers *k, const struct pg_answer *a)
{
	(void)k;
	return a->own;
}

/* Of what was written, and from before that. */
static bool is_outdated(const struct pg_answers *k, const struct pg_answer *a)
{
	return !a->own && pg_answers_touched(k, a->about);
}

static void clear_touched(struct pg_answers *k)
{
	memset(k->touched, 0, sizeof(k->touched));
}

void pg_answers_clear(struct pg_answers *k)
{
	drop(k, is_any);
	free(TAKE(k->items));
	clear_touched(k);
	k->generation = 0;
}

void pg_answers_begin(struct pg_answers *k, int64_t generation)
{
	if (generation <= k->generation)
		return;
	drop(k, is_any);
	k->generation = generation;
}

void pg_answers_touch(struct pg_answers *k, const char *cls, const char *uuid)
{
	_cleanup_free_ char *row = pg_about(cls, uuid), *key = pg_about(PG_KEYS, uuid);
	const char *const changed[] = { cls, row, key };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(changed); i++)
		k->touched[bit_of(changed[i])] = true;
	for (size_t i = 0; i < k->n; i++) {
		struct pg_answer *a = k->items[i];
		bool is = false;

		for (size_t c = 0; c < ARRAY_LEN(changed) && a->own; c++)
			is |= str_eq(a->about, changed[c]);
		if (!is) {
			k->items[n++] = a;
			continue;
		}
		k->bytes -= PQresultMemorySize(a->result);
		pg_answer_unref(a);
	}
	k->n = n;
}

void pg_answers_end(struct pg_answers *k, int64_t generation, bool committed)
{
	bool is_next = committed && generation == k->generation;

	drop(k, is_next ? is_outdated : is_own);
	for (size_t i = 0; i < k->n; i++)
		k->items[i]->own = false;
	k->generation += is_next;
	clear_touched(k);
}

/* The statement and its parameters, each behind its length. Owned. */
char *pg_question_text(const char *sql, size_t n, const char *const *values)
{
	struct str text = { 0 };

	str_add(&text, sql);
	for (size_t i = 0; i < n; i++)
		str_addf(&text, "\n%zu:%s", strlen(values[i]), values[i]);
	return str_steal(&text);
}

struct pg_answer *pg_answers_find(const struct pg_answers *k, const char *question, bool own)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->items[i]->own == own && str_eq(k->items[i]->question, question))
			return k->items[i];
	return NULL;
}

void pg_answers_keep(struct pg_answers *k, struct pg_answer *a)
{
	if (k->n == KEPT_MAX || k->bytes + bytes_of(a) > KEPT_BYTES)
		return;
	if (!k->items)
		k->items = xcalloc(KEPT_MAX, sizeof(struct pg_answer *));
	k->items[k->n++] = pg_answer_ref(a);
	count(k, a);
}

struct pg_answer *pg_answer_new(const char *about, char *question, bool own, PGresult *result)
{
	struct pg_answer *a = xcalloc(1, sizeof(*a));

	*a = (struct pg_answer){ .refs = 1,
		.own = own,
		.result = result,
		.question = question,
		.about = xstrdup(about) };
	return a;
}
