/* SPDX-License-Identifier: MIT */
/*
 * Queries in a transaction. Each is one message, and all its rows are read before the first is passed on: callbacks may
 * query and write. Rows are passed on in the order of their UUIDs and sorted here: for the server that takes as long as
 * all the rest.
 */
#include "store/postgresql/pg_store.h"

#include "objects/base/shortcut.h"

#include <json-c/json_object.h>
#include <string.h>

#include "store/doc.h"

/* ---- questions ------------------------------------------------------------------------------- */

/* What a transaction has written nobody else may be told. */
static bool is_own(const struct pg_answers *k, const struct pg_txn *t, const char *about)
{
	return t->base.mode == TXN_WRITE && pg_answers_touched(k, about);
}

static bool may_keep(const struct pg_answers *k, const struct pg_txn *t)
{
	return t->base.generation == k->generation && shortcut_on(SHORTCUT_DOC_CACHE);
}

static struct pg_answers *answers_of(const struct pg_txn *t)
{
	return &((struct pg_store *)t->base.store)->answers;
}

static char *question_text(const struct pg_question *q)
{
	return pg_question_text(q->sql, q->value ? 1 : 0, &q->value);
}

void pg_answers_ahead(
	struct pg_txn *t, const char *about, const struct pg_question *q, PGresult *result)
{
	struct pg_answers *k = answers_of(t);
	_cleanup_answer_ struct pg_answer *a =
		pg_answer_new(about, question_text(q), is_own(k, t, about), result);

	if (may_keep(k, t))
		pg_answers_keep(k, a);
}

bool pg_may_keep(const struct pg_txn *t)
{
	return !t->failed && may_keep(answers_of(t), t);
}

const struct pg_answer *pg_find_kept(
	const struct pg_txn *t, const char *about, const struct pg_question *q)
{
	const struct pg_answers *k = answers_of(t);
	_cleanup_free_ char *text = question_text(q);

	return pg_may_keep(t) ? pg_answers_find(k, text, is_own(k, t, about)) : NULL;
}

int pg_txn_read(struct pg_txn *t, const char *about, const char *sql, size_t n,
	const char *const *values, struct pg_answer **ret, struct vxe_error *err)
{
	struct pg_answers *k = answers_of(t);
	const bool may = may_keep(k, t), own = is_own(k, t, about);
	_cleanup_free_ char *question = pg_question_text(sql, n, values);
	struct pg_answer *known = may && !t->failed ? pg_answers_find(k, question, own) : NULL;
	PGresult *result = NULL;

	if (known) {
		*ret = pg_answer_ref(known);
		return 0;
	}
	if (pg_txn_ask(t, sql, n, values, &result, err) < 0)
		return -1;
	struct pg_answer *a = pg_answer_new(about, TAKE(question), own, result);

	if (may)
		pg_answers_keep(k, a);
	*ret = a;
	return 0;
}

static int64_t number_at(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

static int compare_places(const void *a, const void *b)
{
	return strcmp(((const struct pg_place *)a)->uuid, ((const struct pg_place *)b)->uuid);
}

/* The rows in the order of their UUIDs, which are the first column. Owned; the UUIDs are the result's. */
static struct pg_place *places_of(const PGresult *result)
{
	int n = PQntuples(result);
	struct pg_place *places = xcalloc((size_t)n + 1, sizeof(*places));

	for (int row = 0; row < n; row++)
		places[row] = (struct pg_place){ PQgetvalue(result, row, 0), NULL, row };
	qsort(places, (size_t)n, sizeof(*places), compare_places);
	return places;
}

/* ---- documents ------------------------------------------------------------------------------- */

#define HOLDER "SELECT class FROM vxe.keys WHERE uuid = $1"
#define DOCUMENT "SELECT " PG_DOCUMENT_COLUMNS " FROM vxe.\"%s\""

static int read_row(const struct txn *t, const char *cls, const PGresult *result, int row,
	struct json_object **ret, struct vxe_error *err)
{
	struct doc_row r = { cls, pg_value(result, row, 0), pg_value(result, row, 1),
		number_at(result, row, 2), number_at(result, row, 3) };

	return doc_read(t->store, &r, ret, err);
}

static char *get_sql(const char *cls)
{
	return xasprintf(DOCUMENT " WHERE uuid = $1", cls);
}

/* @row -1: there is none. */
static int get_row(struct txn *t, const char *cls, const PGresult *result, int row,
	struct json_object **ret, int64_t *generation, struct vxe_error *err)
{
	*ret = NULL;
	if (row < 0)
		return 0;
	if (read_row(t, cls, result, row, ret, err) < 0)
		return -1;
	if (generation)
		*generation = number_at(result, row, 2);
	return 0;
}

int pg_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err)
{
	_cleanup_free_ char *sql = get_sql(cls), *about = pg_about(cls, uuid);
	struct pg_answer *whole = pg_whole((struct pg_txn *)t, cls);
	_cleanup_answer_ struct pg_answer *a = whole ? pg_answer_ref(whole) : NULL;
	const struct pg_place *places;
	size_t n;

	if (a && pg_whole_rows(a, "uuid", uuid, &places, &n))
		return get_row(t, cls, a->result, n ? places[0].row : -1, ret, generation, err);
	if (pg_txn_read((struct pg_txn *)t, about, sql, 1, &uuid, &a, err) < 0)
		return -1;
	return get_row(t, cls, a->result, PQntuples(a->result) ? 0 : -1, ret, generation, err);
}

/* ---- what the transaction has written -------------------------------------------------------- */

char *pg_known_row(struct pg_txn *t, const char *cls, const char *uuid)
{
	_cleanup_free_ char *sql = get_sql(cls), *about = pg_about(cls, uuid);
	const struct pg_answer *a = pg_find_kept(t, about, &(struct pg_question){ sql, uuid });

	if (!a)
		return NULL;
	const char *text = PQntuples(a->result) ? pg_value(a->result, 0, 1) : NULL;

	return text || !PQntuples(a->result) ? xstrdup(text ? text : "") : NULL;
}

/* An answer as the server would give it: a row of these columns, or none. NULL: no memory. */
static PGresult *answer_of(PGresAttDesc *columns, int n, const char *const values[])
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	bool made = result && PQsetResultAttrs(result, n, columns);

	for (int i = 0; values && i < n && made; i++) {
		_cleanup_free_ char *value = xstrdup(values[i]);

		made = PQsetvalue(result, 0, i, value, (int)strlen(value));
	}
	if (!made)
		PQclear(TAKE(result));
	return result;
}

/* @about and @sql are owned from now on. */
static void keep_written(
	struct pg_txn *t, char *about, char *sql, const char *uuid, PGresult *result)
{
	if (result)
		pg_answers_ahead(t, about, &(struct pg_question){ sql, uuid }, result);
	free(about);
	free(sql);
}

void pg_row_written(struct pg_txn *t, const char *cls, const char *uuid, const struct doc_row *row)
{
	static char names[][16] = { "uuid", "_document", "_generation", "_sum", "class" };
	PGresAttDesc columns[ARRAY_LEN(names)] = { { 0 } };
	char generation[24], sum[24];

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		columns[i].name = names[i];
	snprintf(generation, sizeof(generation), "%lld", row ? (long long)row->generation : 0);
	snprintf(sum, sizeof(sum), "%lld", row ? (long long)row->sum : 0);
	const char *const values[] = { uuid, row ? row->text : "", generation, sum };

	keep_written(t, pg_about(cls, uuid), get_sql(cls), uuid,
		answer_of(columns, 4, row ? values : NULL));
	if (txn_class(&t->base, cls)->unique)
		keep_written(t, pg_about(PG_KEYS, uuid), xstrdup(HOLDER), uuid,
			answer_of(&columns[4], 1, row ? &cls : NULL));
}

static int pass_places(struct txn *t, const char *cls, const PGresult *result,
	const struct pg_place *places, size_t n, txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct json_object *doc = NULL;

		if (read_row(t, cls, result, places[i].row, &doc, err) < 0)
			return -1;
		rc = doc ? fn(ctx, places[i].uuid, doc, err) : 0;
		json_object_put(doc);
	}
	return rc;
}

static int pass_documents(struct txn *t, const char *cls, const PGresult *result, txn_each_fn *fn,
	void *ctx, struct vxe_error *err)
{
	_cleanup_free_ struct pg_place *places = places_of(result);

	return pass_places(t, cls, result, places, (size_t)PQntuples(result), fn, ctx, err);
}

int pg_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf(DOCUMENT, cls);
	struct pg_answer *whole = pg_whole((struct pg_txn *)t, cls);
	_cleanup_answer_ struct pg_answer *a = whole ? pg_answer_ref(whole) : NULL;

	if (!a && pg_txn_read((struct pg_txn *)t, cls, sql, 0, NULL, &a, err) < 0)
		return -1;
	return pass_documents(t, cls, a->result, fn, ctx, err);
}

/* The text of an array: {"a","b"}. Owned. */
static char *array_text(const struct strv *items)
{
	struct str text = { 0 };

	str_add(&text, "{");
	for (size_t i = 0; i < items->n; i++) {
		if (!pg_can_keep(items->items[i])) /* so no row has it */
			continue;
		str_add(&text, text.len > 1 ? ",\"" : "\"");
		for (const char *c = items->items[i]; *c; c++)
			str_addf(&text, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
		str_add(&text, "\"");
	}
	str_add(&text, "}");
	return str_steal(&text);
}

int pg_some(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn, void *ctx,
	struct vxe_error *err)
{
	_cleanup_free_ char *sql = xasprintf(DOCUMENT " WHERE uuid = ANY($1)", cls);
	_cleanup_free_ char *array = array_text(uuids);
	const char *const value = array;
	_cleanup_answer_ struct pg_answer *a = NULL;

	if (pg_txn_read((struct pg_txn *)t, cls, sql, 1, &value, &a, err) < 0)
		return -1;
	return pass_documents(t, cls, a->result, fn, ctx, err);
}

static char *find_sql(const char *cls, const char *column)
{
	return xasprintf(DOCUMENT " WHERE \"%s\" = $1", cls, column);
}

int pg_find(struct txn *t, const char *cls, const char *column, const char *value, txn_each_fn *fn,
	void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *sql = find_sql(cls, column);
	struct pg_answer *whole = pg_whole((struct pg_txn *)t, cls);
	_cleanup_answer_ struct pg_answer *a = whole ? pg_answer_ref(whole) : NULL;
	const struct pg_place *places;
	size_t n;

	if (!pg_can_keep(value)) /* so no row has it */
		return 0;
	if (a && pg_whole_rows(a, column, value, &places, &n))
		return pass_places(t, cls, a->result, places, n, fn, ctx, err);
	pg_answer_unref(TAKE(a));
	if (pg_txn_read((struct pg_txn *)t, cls, sql, 1, &value, &a, err) < 0)
		return -1;
	return pass_documents(t, cls, a->result, fn, ctx, err);
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Passes on the row @row; @values has room for it. */
static int pass_row(const PGresult *result, int row, const char **values, txn_row_fn *fn, void *ctx,
	struct vxe_error *err)
{
	for (int i = 0; i < PQnfields(result); i++)
		values[i] = pg_value(result, row, i);
	return fn(ctx, values[0], values + 1, err);
}

static const char **room_for_row(const PGresult *result)
{
	return xcalloc((size_t)PQnfields(result) + 1, sizeof(char *));
}

static int pass_rows(const PGresult *result, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ struct pg_place *places = places_of(result);
	_cleanup_free_ const char **values = room_for_row(result);
	int rc = 0;

	for (int i = 0; i < PQntuples(result) && rc == 0; i++)
		rc = pass_row(result, places[i].row, values, fn, ctx, err);
	return rc;
}

/* "SELECT uuid, "a", "b" FROM vxe."CLASS"". Owned. */
static char *columns_sql(const char *cls, const char *const columns[])
{
	struct str sql = { 0 };

	str_add(&sql, "SELECT uuid");
	for (size_t i = 0; columns[i]; i++)
		str_addf(&sql, ", \"%s\"", columns[i]);
	str_addf(&sql, " FROM vxe.\"%s\"", cls);
	return str_steal(&sql);
}

static char *where_sql(const char *select, const char *column)
{
	return xasprintf("%s WHERE \"%s\" = $1", select, column);
}

int pg_scan(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *select = columns_sql(cls, columns);
	_cleanup_free_ char *sql = where ? where_sql(select, where) : xstrdup(select);
	_cleanup_answer_ struct pg_answer *a = NULL;

	if (where && !pg_can_keep(value))
		return 0;
	if (pg_txn_read((struct pg_txn *)t, cls, sql, where ? 1 : 0, &value, &a, err) < 0)
		return -1;
	return pass_rows(a->result, fn, ctx, err);
}

int pg_range(struct txn *t, const char *cls, const char *const columns[], const char *from,
	const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *select = columns_sql(cls, columns);
	_cleanup_free_ char *sql = xasprintf("%s WHERE uuid >= $1 AND uuid < $2", select);
	_cleanup_answer_ struct pg_answer *a = NULL;

	if (!pg_can_keep(from) || !pg_can_keep(until))
		return 0;
	if (pg_txn_read((struct pg_txn *)t, cls, sql, 2, (const char *const[]){ from, until }, &a,
		    err) < 0)
		return -1;
	return pass_rows(a->result, fn, ctx, err);
}

static char *count_sql(const char *cls)
{
	return xasprintf("SELECT count(*) FROM vxe.\"%s\"", cls);
}

static char *newest_sql(const char *cls, const char *column)
{
	return xasprintf(
		"SELECT count(*), coalesce(max(_generation), 0) FROM vxe.\"%s\" WHERE \"%s\" = $1",
		cls, column);
}

char *pg_question_about(const struct store_question *q)
{
	return q->holder  ? pg_about(PG_KEYS, q->holder)
		: q->uuid ? pg_about(q->cls, q->uuid)
			  : xstrdup(q->cls);
}

struct pg_question pg_question(const struct store_question *q)
{
	if (q->holder)
		return (struct pg_question){ xstrdup(HOLDER), q->holder };
	_cleanup_free_ char *select = q->columns ? columns_sql(q->cls, q->columns) : NULL;

	if (q->newest)
		return (struct pg_question){ newest_sql(q->cls, q->where), q->value };
	if (q->uuid)
		return (struct pg_question){ get_sql(q->cls), q->uuid };
	if (q->where)
		return (struct pg_question){
			select ? where_sql(select, q->where) : find_sql(q->cls, q->where), q->value
		};
	if (q->documents)
		return (struct pg_question){ xasprintf(DOCUMENT, q->cls), NULL };
	return (struct pg_question){ select ? TAKE(select) : count_sql(q->cls), NULL };
}

int pg_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *sql = count_sql(cls);
	_cleanup_answer_ struct pg_answer *a = NULL;

	if (pg_txn_read((struct pg_txn *)t, cls, sql, 0, NULL, &a, err) < 0)
		return -1;
	*ret = number_at(a->result, 0, 0);
	return 0;
}

int pg_newest(struct txn *t, const char *cls, const char *where, const char *value, int64_t *n,
	int64_t *generation, struct vxe_error *err)
{
	_cleanup_free_ char *sql = newest_sql(cls, where);
	_cleanup_answer_ struct pg_answer *a = NULL;

	if (pg_txn_read((struct pg_txn *)t, cls, sql, 1, &value, &a, err) < 0)
		return -1;
	*n = number_at(a->result, 0, 0);
	*generation = number_at(a->result, 0, 1);
	return 0;
}

int pg_holder(
	struct txn *t, const char *cls, const char *uuid, const char **ret, struct vxe_error *err)
{
	_cleanup_answer_ struct pg_answer *a = NULL;
	_cleanup_free_ char *about = pg_about(PG_KEYS, uuid), *row = NULL;

	*ret = NULL;
	if (!pg_can_keep(uuid))
		return 0;
	/* a UUID is in vxe.keys once */
	if (*cls && txn_class(t, cls)->unique)
		row = pg_known_row((struct pg_txn *)t, cls, uuid);
	if (!str_is_empty(row)) {
		*ret = txn_class(t, cls)->name;
		return 0;
	}
	if (pg_txn_read((struct pg_txn *)t, about, HOLDER, 1, &uuid, &a, err) < 0)
		return -1;
	if (PQntuples(a->result))
		*ret = txn_class(t, pg_value(a->result, 0, 0))->name;
	return 0;
}

int pg_changes(struct txn *base, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	struct pg_txn *t = (struct pg_txn *)base;
	const struct pg_store *s = (const struct pg_store *)base->store;
	_cleanup_free_ char *text = xasprintf("%lld", (long long)since);
	_cleanup_result_ PGresult *forgotten = NULL, *changes = NULL;

	if (pg_txn_ask(t, "SELECT forgotten FROM vxe.meta", 0, NULL, &forgotten, err) < 0)
		return -1;
	if (PQntuples(forgotten) && since < number_at(forgotten, 0, 0))
		return STORE_AGAIN;
	if (pg_txn_ask(t, s->changes_sql, 1, (const char *const[]){ text }, &changes, err) < 0)
		return -1;
	/* these are in the order of their generations */
	_cleanup_free_ const char **values = room_for_row(changes);
	int rc = 0;

	for (int row = 0; row < PQntuples(changes) && rc == 0; row++)
		rc = pass_row(changes, row, values, fn, ctx, err);
	return rc;
}
