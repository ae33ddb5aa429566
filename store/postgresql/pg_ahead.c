/* SPDX-License-Identifier: MIT */
/*
 * Questions that are known before a transaction asks them: they go to the server at once, with its begin if there is one. And whole
 * classes, for who looks at most of their records one by one: these are answers as others (pg_answers.c), of one generation, but are
 * kept however large they are.
 */
#include "store/postgresql/pg_store.h"

void pg_ahead_clear(struct pg_ahead *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->questions[i].sql);
		free(a->values[i]);
		free(a->about[i]);
		PQclear(a->answers[i]);
	}
	*a = (struct pg_ahead){ 0 };
}

void pg_ahead_add(struct pg_ahead *a, const struct store_question *q)
{
	if (a->n == STORE_AHEAD_MAX)
		return;
	a->questions[a->n] = pg_question(q);
	a->about[a->n] = pg_question_about(q);
	a->values[a->n] = xstrdup_null(a->questions[a->n].value);
	a->questions[a->n].value = a->values[a->n];
	a->n++;
}

void pg_ahead_skip_kept(struct pg_ahead *a, const struct pg_answers *k)
{
	struct pg_ahead rest = { 0 };

	for (size_t i = 0; i < a->n; i++) {
		const struct pg_question *q = &a->questions[i];
		_cleanup_free_ char *text = pg_question_text(q->sql, q->value ? 1 : 0, &q->value);

		if (pg_answers_find(k, text, false)) {
			free(q->sql);
			free(a->values[i]);
			free(a->about[i]);
			PQclear(a->answers[i]);
			continue;
		}
		rest.questions[rest.n] = *q;
		rest.values[rest.n] = a->values[i];
		rest.about[rest.n] = a->about[i];
		rest.answers[rest.n++] = a->answers[i];
	}
	*a = rest;
}

void pg_ahead_keep(struct pg_ahead *a, struct pg_txn *t)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->answers[i])
			pg_answers_ahead(t, a->about[i], &a->questions[i], TAKE(a->answers[i]));
}

int pg_ahead_ask(struct pg_ahead *a, struct pg_txn *t, struct vxe_error *err)
{
	struct pg_ahead unknown = { 0 };

	for (size_t i = 0; i < a->n && pg_may_keep(t); i++) {
		if (pg_find_kept(t, a->about[i], &a->questions[i]))
			continue;
		unknown.questions[unknown.n] = a->questions[i];
		unknown.about[unknown.n++] = a->about[i];
	}
	/* one alone is asked when it is needed */
	int rc = unknown.n < 2 ? 0
			       : pg_run_ahead(t->conn, NULL, unknown.questions, unknown.n,
					 unknown.answers, NULL, err);

	if (rc < 0)
		pg_txn_failed(t);
	else
		pg_ahead_keep(&unknown, t);
	for (size_t i = 0; i < unknown.n; i++)
		PQclear(unknown.answers[i]);
	return rc;
}

/* ---- whole classes --------------------------------------------------------------------------- */

/* The documents of a class, as pg_each() has them, and behind them the columns that are searched. Owned. */
static char *whole_sql(const struct store_class *c)
{
	struct str sql = { 0 };

	str_addf(&sql, "SELECT " PG_DOCUMENT_COLUMNS);
	for (size_t i = 0; c->columns[i]; i++)
		if (store_column_is_found(c, i))
			str_addf(&sql, ", \"%s\"", c->columns[i]);
	str_addf(&sql, " FROM vxe.\"%s\"", c->name);
	return str_steal(&sql);
}

static struct pg_answers *answers_of(const struct pg_txn *t)
{
	return &((struct pg_store *)t->base.store)->answers;
}

/* What the transaction has written itself is in no answer for everybody. */
static bool may_hold(const struct pg_txn *t, const char *cls)
{
	return pg_may_keep(t) &&
		!(t->base.mode == TXN_WRITE && pg_answers_touched(answers_of(t), cls));
}

struct pg_answer *pg_whole(const struct pg_txn *t, const char *cls)
{
	if (!answers_of(t)->whole || !may_hold(t, cls))
		return NULL;
	_cleanup_free_ char *sql = whole_sql(txn_class(&t->base, cls));

	return pg_answers_find(answers_of(t), sql, false);
}

int pg_hold(struct txn *base, const char *const classes[], struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;
	struct pg_question questions[PG_HOLD_MAX];
	PGresult *results[PG_HOLD_MAX] = { 0 };
	const char *names[PG_HOLD_MAX];
	size_t n = 0;

	for (size_t i = 0; classes[i] && n < PG_HOLD_MAX; i++) {
		if (!may_hold(t, classes[i]) || pg_whole(t, classes[i]))
			continue;
		names[n] = classes[i];
		questions[n++] =
			(struct pg_question){ whole_sql(txn_class(base, classes[i])), NULL };
	}
	int rc = n ? pg_run_ahead(t->conn, NULL, questions, n, results, NULL, err) : 0;

	if (rc < 0)
		pg_txn_failed(t);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0 && results[i]) {
			_cleanup_answer_ struct pg_answer *a = pg_answer_new(
				names[i], TAKE(questions[i].sql), false, TAKE(results[i]));

			a->whole = true;
			pg_answers_keep(answers_of(t), a);
		}
		free(questions[i].sql);
		PQclear(results[i]);
	}
	return rc;
}

/* The answer is a part of what is held. */
static bool is_held(const struct pg_txn *t, const struct store_question *q)
{
	return !q->holder && !q->columns && !q->newest && (q->uuid || q->where) &&
		pg_whole(t, q->cls);
}

int pg_ask_ahead(
	struct txn *base, const struct store_question *list, size_t n, struct vxe_error *err)
{
	_cleanup_ahead_ struct pg_ahead a = { 0 };

	for (size_t i = 0; i < n; i++)
		if (!is_held((struct pg_txn *)base, &list[i]))
			pg_ahead_add(&a, &list[i]);
	return pg_ahead_ask(&a, (struct pg_txn *)base, err);
}

void pg_foresee(struct store *base, const struct store_question *list, size_t n)
{
	struct pg_ahead *a = &((struct pg_store *)base)->foreseen;

	pg_ahead_clear(a);
	for (size_t i = 0; i < n; i++)
		pg_ahead_add(a, &list[i]);
}
