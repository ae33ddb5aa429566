/* SPDX-License-Identifier: MIT */
#include "store/learned.h"

#include <json-c/json_object.h>
#include <string.h>

#include "store/doc.h"
#include "store/doc_cache.h"

/* Does not change any more once a transaction can have it. */
struct learned {
	size_t refs;
	size_t n;
	struct table **
		tables; /* one for each declared class: rows, and tombstones of rows that are gone */
};

struct learned *learned_ref(struct learned *l)
{
	if (l)
		l->refs++;
	return l;
}

void learned_unref(struct learned *l)
{
	if (!l || --l->refs > 0)
		return;
	for (size_t i = 0; i < l->n; i++)
		table_unref(l->tables[i]);
	free(l->tables);
	free(l);
}
DEFINE_CLEANUP(struct learned *, learned_unref)

static struct learned *learned_copy(const struct store *s)
{
	struct learned *l = xcalloc(1, sizeof(*l));

	l->refs = 1;
	l->n = store_class_count(s);
	l->tables = xcalloc(l->n + 1, sizeof(struct table *));
	for (size_t i = 0; i < l->n; i++)
		l->tables[i] = s->learned ? table_copy(s->learned->tables[i]) : table_new();
	return l;
}

static const struct table *learned_table(const struct txn *t, const char *cls)
{
	return t->learned->tables[store_class_index(t->store, cls)];
}

/* ---- writing --------------------------------------------------------------------------------- */

int learned_keep(struct txn *t, struct vxe_error *err)
{
	struct store *s = t->store;
	_cleanup_(learned_unref_cleanup) struct learned *next = learned_copy(s);

	for (size_t i = 0; i < t->touched.n; i += 2) {
		const char *cls = t->touched.items[i], *uuid = t->touched.items[i + 1];
		struct json_object *doc = NULL;

		if (s->ops->get(t, cls, uuid, &doc, NULL, err) < 0)
			return -1;
		table_set(next->tables[store_class_index(s, cls)],
			row_new(txn_class(t, cls), uuid, doc, t->generation + 1));
		json_object_put(doc);
	}
	learned_unref(s->learned);
	s->learned = TAKE(next);
	return 0;
}

static int replay_row(struct txn *t, size_t number, const struct row *row, struct vxe_error *err)
{
	struct store *s = t->store;
	const char *cls = s->config.classes[number].name;
	struct json_object *doc = NULL;

	doc_cache_touch(s->cache, number, row->uuid);
	if (!row->text)
		return s->ops->del(t, cls, row->uuid, err);
	if (doc_parse(s->parser, "dry run", &(struct doc_row){ cls, row->uuid, row->text, 0, 0 },
		    &doc, err) < 0)
		return -1;
	int rc = s->ops->put(t, cls, row->uuid, doc, false, err);

	json_object_put(doc);
	return rc < 0 ? -1 : 0;
}

int learned_replay(struct txn *t, struct vxe_error *err)
{
	const struct learned *l = t->store->learned;

	for (size_t i = 0; l && i < l->n; i++)
		for (size_t k = 0; k < l->tables[i]->n; k++)
			if (replay_row(t, i, l->tables[i]->rows[k], err) < 0)
				return -1;
	return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

int learned_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, bool *known, struct vxe_error *err)
{
	const struct row *row = table_entry(learned_table(t, cls), uuid);

	*known = row != NULL;
	if (!row)
		return 0;
	*ret = NULL;
	if (row->text && generation)
		*generation = row->generation;
	return row->text ? doc_parse(t->store->parser, "dry run",
				   &(struct doc_row){ cls, uuid, row->text, 0, 0 }, ret, err)
			 : 0;
}

/* A walk over the rows of the store and the learned ones; the latter come in the order of their UUIDs, too. */
struct walk {
	struct txn *t;
	const char *cls;
	const struct table *table;
	size_t at; /* the first learned row that was not passed on yet */
	const struct selection *only;
	const char *const *columns; /* NULL: documents are passed on */
	txn_each_fn *each;
	txn_row_fn *row;
	void *ctx;
};

static int pass(struct walk *w, const struct row *row, struct vxe_error *err)
{
	if (!row_is_selected(txn_class(w->t, w->cls), row, w->only))
		return 0;
	return w->columns
		? row_pass_columns(txn_class(w->t, w->cls), row, w->columns, w->row, w->ctx, err)
		: row_pass_doc(w->t->store, w->cls, row, w->each, w->ctx, err);
}

/* Passes on the learned rows before @uuid; NULL: all that are left. */
static int pass_until(struct walk *w, const char *uuid, struct vxe_error *err)
{
	int rc = 0;

	while (rc == 0 && w->at < w->table->n &&
		(!uuid || strcmp(w->table->rows[w->at]->uuid, uuid) < 0))
		rc = pass(w, w->table->rows[w->at++], err);
	return rc;
}

static int pass_each(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct walk *w = ctx;
	int rc = pass_until(w, uuid, err);

	return rc || table_entry(w->table, uuid) ? rc : w->each(w->ctx, uuid, doc, err);
}

static int pass_row(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct walk *w = ctx;
	int rc = pass_until(w, uuid, err);

	return rc || table_entry(w->table, uuid) ? rc : w->row(w->ctx, uuid, values, err);
}

int learned_each(struct txn *t, const char *cls, const char *column, const char *value,
	txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	const struct selection only = { .where = column, .value = value };
	struct walk w = { .t = t, .cls = cls, .table = learned_table(t, cls), .only = &only };
	const struct store_ops *ops = t->store->ops;

	w.each = fn;
	w.ctx = ctx;
	int rc = column ? ops->find(t, cls, column, value, pass_each, &w, err)
			: ops->each(t, cls, pass_each, &w, err);

	return rc ? rc : pass_until(&w, NULL, err);
}

int learned_scan(struct txn *t, const char *cls, const char *const columns[],
	const struct selection *only, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	struct walk w = { .t = t, .cls = cls, .table = learned_table(t, cls), .only = only };
	const struct store_ops *ops = t->store->ops;

	w.columns = columns;
	w.row = fn;
	w.ctx = ctx;
	int rc = only->from
		? ops->range(t, cls, columns, only->from, only->until, pass_row, &w, err)
		: ops->scan(t, cls, columns, only->where, only->value, pass_row, &w, err);

	return rc ? rc : pass_until(&w, NULL, err);
}

static int count_row(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)uuid, (void)values, (void)err;
	++*(int64_t *)ctx;
	return 0;
}

int learned_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err)
{
	static const char *const none[] = { NULL };

	*ret = 0;
	return learned_scan(t, cls, none, &(struct selection){ 0 }, count_row, ret, err);
}

int learned_holder(struct txn *t, const char *uuid, const char **ret, struct vxe_error *err)
{
	const struct store_class *all = t->store->config.classes;

	for (size_t i = 0; i < t->learned->n; i++)
		if (all[i].unique && table_row(t->learned->tables[i], uuid)) {
			*ret = all[i].name;
			return 0;
		}
	if (t->store->ops->holder(t, "", uuid, ret, err) < 0)
		return -1;
	if (*ret && table_entry(learned_table(t, *ret), uuid))
		*ret = NULL; /* it is gone */
	return 0;
}
