/* SPDX-License-Identifier: MIT */
/* Questions that are known before a transaction asks them: they go to the server at once, with its begin if there is one. */
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

int pg_ask_ahead(
	struct txn *base, const struct store_question *list, size_t n, struct vxe_error *err)
{
	_cleanup_ahead_ struct pg_ahead a = { 0 };

	for (size_t i = 0; i < n; i++)
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
