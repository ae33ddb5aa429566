/* SPDX-License-Identifier: MIT */
/*
 * The engine for tests: sorted arrays of immutable rows in memory, empty at each open. A
 * transaction refers to the tables of its beginning; a writer copies a table before the first
 * change, and its commit replaces the tables by the copies.
 */
#include "store/store.h"

#include <json-c/json_object.h>
#include <string.h>

#include "store/doc.h"
#include "store/store_engine.h"
#include "store/lease.h"
#include "store/mem_table.h"

struct mem_store {
	struct store base;
	size_t n_tables; /* number of declared classes, each with a table */
	struct table **tables;
	int64_t generation;
};

struct mem_txn {
	struct txn base;
	struct table **tables;
};

static int mem_open(struct store **ret, const struct store_config *config, struct vxe_error *err)
{
	struct mem_store *s = xcalloc(1, sizeof(*s));

	(void)err;
	store_init(&s->base, config);
	s->n_tables = store_class_count(&s->base);
	s->tables = xcalloc(s->n_tables + 1, sizeof(struct table *));
	for (size_t i = 0; i < s->n_tables; i++)
		s->tables[i] = table_new();
	*ret = &s->base;
	return 0;
}

static void tables_free(struct table **tables, size_t n)
{
	for (size_t i = 0; i < n; i++)
		table_unref(tables[i]);
	free(tables);
}

static void mem_close(struct store *base)
{
	struct mem_store *s = (struct mem_store *)base;

	tables_free(s->tables, s->n_tables);
	store_fini(base);
	free(s);
}

static int mem_begin(
	struct store *base, enum txn_mode mode, struct txn **ret, struct vxe_error *err)
{
	const struct mem_store *s = (const struct mem_store *)base;
	struct mem_txn *t = xcalloc(1, sizeof(*t));

	(void)mode, (void)err;
	t->base.generation = s->generation;
	t->tables = xcalloc(s->n_tables + 1, sizeof(struct table *));
	for (size_t i = 0; i < s->n_tables; i++)
		t->tables[i] = table_ref(s->tables[i]);
	*ret = &t->base;
	return 0;
}

static struct table *mem_table(const struct txn *base, const char *cls)
{
	const struct mem_txn *t = (const struct mem_txn *)base;

	return t->tables[store_class_index(base->store, cls)];
}

/*
 * The table of a class, for a change: first replaces the table by a copy if the store or another transaction uses it,
 * too.
 */
static struct table *mem_table_to_write(struct txn *base, const char *cls)
{
	struct mem_txn *t = (struct mem_txn *)base;
	struct table **slot = &t->tables[store_class_index(base->store, cls)];

	t->base.dirty = true;
	if ((*slot)->refs > 1) {
		struct table *copy = table_copy(*slot);

		table_unref(*slot);
		*slot = copy;
	}
	return *slot;
}

static int mem_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err)
{
	const struct row *row = table_row(mem_table(t, cls), uuid);

	if (!row) {
		*ret = NULL;
		return 0;
	}
	if (doc_parse(t->store->parser, "mem", &(struct doc_row){ cls, uuid, row->text, 0, 0 }, ret,
		    err) < 0)
		return -1;
	if (generation)
		*generation = row->generation;
	return 0;
}

static int mem_each(
	struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_(table_unref_cleanup) struct table *table = table_ref(mem_table(t, cls));
	int rc = 0;

	for (size_t i = 0; i < table->n && rc == 0; i++)
		if (table->rows[i]->text)
			rc = row_pass_doc(t->store, cls, table->rows[i], fn, ctx, err);
	return rc;
}

static int mem_find(struct txn *t, const char *cls, const char *column, const char *value,
	txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_(table_unref_cleanup) struct table *table = table_ref(mem_table(t, cls));
	size_t at = store_column_index(txn_class(t, cls), column);
	int rc = 0;

	for (size_t i = 0; i < table->n && rc == 0; i++)
		if (table->rows[i]->text && table->rows[i]->columns[at] &&
			str_eq(table->rows[i]->columns[at], value))
			rc = row_pass_doc(t->store, cls, table->rows[i], fn, ctx, err);
	return rc;
}

static int scan(struct txn *t, const char *cls, const char *const columns[],
	const struct selection *only, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	const struct store_class *c = txn_class(t, cls);
	_cleanup_(table_unref_cleanup) struct table *table = table_ref(mem_table(t, cls));
	int rc = 0;

	for (size_t i = 0; i < table->n && rc == 0; i++)
		if (row_is_selected(c, table->rows[i], only))
			rc = row_pass_columns(c, table->rows[i], columns, fn, ctx, err);
	return rc;
}

static int mem_scan(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	return scan(t, cls, columns, &(struct selection){ .where = where, .value = value }, fn, ctx,
		err);
}

static int mem_range(struct txn *t, const char *cls, const char *const columns[], const char *from,
	const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	return scan(
		t, cls, columns, &(struct selection){ .from = from, .until = until }, fn, ctx, err);
}

static int mem_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err)
{
	const struct table *table = mem_table(t, cls);

	(void)err;
	*ret = 0;
	for (size_t i = 0; i < table->n; i++)
		*ret += table->rows[i]->text != NULL;
	return 0;
}

static int mem_holder(
	struct txn *t, const char *cls, const char *uuid, const char **ret, struct vxe_error *err)
{
	(void)err;
	*ret = NULL;
	for (const struct store_class *c = t->store->config.classes; c->name; c++)
		if (c->unique && (!*ret || str_eq(c->name, cls)) &&
			table_row(mem_table(t, c->name), uuid))
			*ret = c->name;
	return 0;
}

static int mem_put(struct txn *base, const char *cls, const char *uuid, struct json_object *doc,
	bool known, struct vxe_error *err)
{
	const struct mem_txn *t = (const struct mem_txn *)base;
	const struct row *row = table_row(mem_table(base, cls), uuid);

	(void)known, (void)err;
	if (row && str_eq(row->text, doc_text(doc)))
		return 1;
	table_set(mem_table_to_write(base, cls),
		row_new(txn_class(base, cls), uuid, doc, t->base.generation + 1));
	return 0;
}

static int mem_del(struct txn *base, const char *cls, const char *uuid, struct vxe_error *err)
{
	const struct mem_txn *t = (const struct mem_txn *)base;

	(void)err;
	if (table_row(mem_table(base, cls), uuid))
		table_set(mem_table_to_write(base, cls),
			row_new(txn_class(base, cls), uuid, NULL, t->base.generation + 1));
	return 0;
}

struct change {
	const char *cls;
	/* a reference to the row, which keeps the row valid if the callback of txn_changes() writes */
	struct row *row;
};

static int compare_changes(const void *a, const void *b)
{
	const struct change *x = a;
	const struct change *y = b;
	int order = strcmp(x->cls, y->cls);

	if (x->row->generation != y->row->generation)
		return x->row->generation < y->row->generation ? -1 : 1;
	return order ? order : strcmp(x->row->uuid, y->row->uuid);
}

/*
 * Collects the rows that commits newer than @since wrote or deleted, in the order in which txn_changes() reports them.
 * *ret is an owned array; returns the number of rows.
 */
static size_t collect_changes(const struct mem_txn *t, int64_t since, struct change **ret)
{
	const struct store *s = t->base.store;
	struct change *list = NULL;
	size_t n = 0;

	for (size_t i = 0; i < store_class_count(s); i++)
		for (size_t k = 0; k < t->tables[i]->n; k++) {
			if (t->tables[i]->rows[k]->generation <= since)
				continue;
			list = xrealloc(list, n + 1, sizeof(*list));
			list[n].cls = s->config.classes[i].name;
			list[n].row = t->tables[i]->rows[k];
			list[n++].row->refs++;
		}
	if (n > 0)
		qsort(list, n, sizeof(*list), compare_changes);
	*ret = list;
	return n;
}

static int mem_changes(
	struct txn *base, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ struct change *list = NULL;
	size_t n = collect_changes((const struct mem_txn *)base, since, &list);
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct row *row = list[i].row;
		_cleanup_free_ char *generation = xasprintf("%lld", (long long)row->generation);
		const char *values[] = { list[i].cls, row->text ? "put" : "del", generation, NULL };

		rc = fn(ctx, row->uuid, values, err);
	}
	for (size_t i = 0; i < n; i++)
		row_unref(list[i].row);
	return rc;
}

static int mem_allocate(struct txn *t, struct vxe_error *err)
{
	(void)t, (void)err;
	return 0;
}

static void mem_abort(struct txn *base)
{
	struct mem_txn *t = (struct mem_txn *)base;

	tables_free(t->tables, store_class_count(base->store));
	free(t);
}

static int mem_commit(struct txn *base, struct vxe_error *err)
{
	struct mem_txn *t = (struct mem_txn *)base;
	struct mem_store *s = (struct mem_store *)base->store;

	(void)err;
	if (t->base.dirty) {
		struct table **old = s->tables;

		s->tables = t->tables;
		s->generation = t->base.generation + 1;
		t->tables = old;
	}
	mem_abort(base);
	return 0;
}

const struct store_ops store_mem_ops = {
	.name = "mem",
	.open = mem_open,
	.close = mem_close,
	.begin = mem_begin,
	.get = mem_get,
	.each = mem_each,
	.find = mem_find,
	.some = store_get_each,
	.scan = mem_scan,
	.range = mem_range,
	.count = mem_count,
	.holder = mem_holder,
	.put = mem_put,
	.del = mem_del,
	.changes = mem_changes,
	.allocate = mem_allocate,
	.commit = mem_commit,
	.abort = mem_abort,
	.lease = flock_lease,
	.release = flock_release,
	.keep_leases = store_keeps_leases,
	.beat = store_no_beat,
	.last_beat = store_no_last_beat,
	.beat_in = store_no_beat_in,
	.await = store_no_await,
};
