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
	free(a->question);
	free(a->cls);
	free(a);
}

/* Drops those about @classes (NULL: all); @own: only those that the write transaction alone was given. */
static void drop(struct pg_answers *k, const struct strv *classes, bool own)
{
	size_t n = 0;

	k->bytes = 0;
	for (size_t i = 0; i < k->n; i++) {
		struct pg_answer *a = k->items[i];

		if ((a->own || !own) && (!classes || strv_has(classes, a->cls))) {
			pg_answer_unref(a);
			continue;
		}
		k->bytes += PQresultMemorySize(a->result);
		k->items[n++] = a;
	}
	k->n = n;
}

void pg_answers_clear(struct pg_answers *k)
{
	drop(k, NULL, false);
	free(TAKE(k->items));
	strv_clear(&k->touched);
	k->generation = 0;
}

void pg_answers_begin(struct pg_answers *k, int64_t generation)
{
	if (generation <= k->generation)
		return;
	drop(k, NULL, false);
	k->generation = generation;
}

void pg_answers_touch(struct pg_answers *k, const char *cls)
{
	_cleanup_strv_ struct strv changed = { 0 };

	strv_add(&changed, cls);
	strv_add(&changed, PG_KEYS);
	for (size_t i = 0; i < changed.n; i++)
		if (!strv_has(&k->touched, changed.items[i]))
			strv_add(&k->touched, changed.items[i]);
	drop(k, &changed, true);
}

void pg_answers_end(struct pg_answers *k, int64_t generation, bool committed)
{
	drop(k, NULL, true);
	if (committed && generation == k->generation) {
		drop(k, &k->touched, false);
		k->generation++;
	}
	strv_clear(&k->touched);
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
	size_t bytes = PQresultMemorySize(a->result);

	if (k->n == KEPT_MAX || k->bytes + bytes > KEPT_BYTES)
		return;
	if (!k->items)
		k->items = xcalloc(KEPT_MAX, sizeof(struct pg_answer *));
	k->items[k->n++] = pg_answer_ref(a);
	k->bytes += bytes;
}

struct pg_answer *pg_answer_new(const char *cls, char *question, bool own, PGresult *result)
{
	struct pg_answer *a = xcalloc(1, sizeof(*a));

	*a = (struct pg_answer){ 1, own, result, question, xstrdup(cls) };
	return a;
}
