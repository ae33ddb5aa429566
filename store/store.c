/* SPDX-License-Identifier: MIT */
/*
 * The functions of store.h, which call those of an engine. They trace each call; they check that engines and callers
 * follow the contract (declared classes and columns, writes in write transactions, one writer, failures with an error);
 * and they repeat updates that return STORE_AGAIN.
 */
#include "store/store_engine.h"

#include <assert.h>
#include <json-c/json_object.h>
#include <limits.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/base/log.h"
#include "objects/base/shortcut.h"
#include "store/doc.h"
#include "store/doc_cache.h"
#include "store/learned.h"
#include "objects/base/uri.h"

#define UPDATE_TRIES 8

void store_init(struct store *s, const struct store_config *config)
{
	s->config = *config;
	s->config.where = xstrdup_null(config->where);
	s->config.lock_dir = xstrdup_null(config->lock_dir);
	s->config.keep_dir = xstrdup_null(config->keep_dir);
	s->cache = doc_cache_new();
	s->parser = doc_parser_new();
}

void store_fini(struct store *s)
{
	freep(&s->config.where);
	freep(&s->config.lock_dir);
	freep(&s->config.keep_dir);
	learned_unref(TAKE(s->learned));
	doc_cache_free(TAKE(s->cache));
	doc_parser_free(TAKE(s->parser));
}

void store_decide(struct store *s)
{
	s->decides = true;
}

size_t store_class_count(const struct store *s)
{
	size_t n = 0;

	while (s->config.classes[n].name)
		n++;
	return n;
}

size_t store_column_count(const struct store_class *c)
{
	size_t n = 0;

	while (c->columns[n])
		n++;
	return n;
}

size_t store_class_index(const struct store *s, const char *cls)
{
	const struct store_class *all = s->config.classes;
	size_t i = 0;

	/* Compares addresses before texts, because most callers pass the class name of the declaration itself. */
	while (all[i].name && all[i].name != cls)
		i++;
	if (all[i].name)
		return i;
	for (i = 0; all[i].name && !str_eq(all[i].name, cls);)
		i++;
	assert(all[i].name);
	return i;
}

size_t store_column_index(const struct store_class *c, const char *column)
{
	size_t i = 0;

	while (c->columns[i] && !str_eq(c->columns[i], column))
		i++;
	assert(c->columns[i]);
	return i;
}

bool store_column_is_found(const struct store_class *c, size_t column)
{
	return c->found && c->found[column];
}

const struct store_class *txn_class(const struct txn *t, const char *cls)
{
	return &t->store->config.classes[store_class_index(t->store, cls)];
}

int store_fail(const char *where, struct vxe_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	_cleanup_free_ char *reason = xvasprintf(fmt, ap);
	va_end(ap);
	return vxe_fail(err, VXE_STORE_UNUSABLE, where, reason);
}

/*
 * True for a word that is safe in SQL and in a JSON path; names that begin with '_' are reserved
 * for engines.
 */
static bool is_plain_name(const char *name)
{
	static const char chars[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return *name && strspn(name, chars) == strlen(name) && !strchr("_0123456789", *name);
}

int store_open(struct store **ret, const struct store_ops *ops, const struct store_config *config,
	struct vxe_error *err)
{
	struct store *s = NULL;

	for (const struct store_class *c = config->classes; c->name; c++) {
		assert(is_plain_name(c->name));
		for (size_t i = 0; c->distinct && c->distinct[i]; i++)
			assert(store_column_index(c, c->distinct[i]) < SIZE_MAX);
		for (size_t i = 0; c->columns[i]; i++)
			assert(is_plain_name(c->columns[i]) && !str_eq(c->columns[i], "uuid"));
	}
	_cleanup_free_ char *shown = uri_shown(config->where);

	log_debug("store: open %s %s", ops->name, shown ? shown : "");
	if (checked(ops->open(&s, config, err), err) < 0)
		return -1;
	s->ops = ops;
	*ret = s;
	return 0;
}

void store_bear_damage(struct store *s, store_damaged_fn *fn, void *ctx)
{
	s->damaged.fn = fn;
	s->damaged.ctx = ctx;
}

void store_guard_writes(struct store *s, int64_t seen, store_written_fn *fn, void *ctx)
{
	s->guard.seen = seen;
	s->guard.fn = fn;
	s->guard.ctx = ctx;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	assert(s->n_open == 0);
	s->ops->close(s);
}

int txn_begin(struct store *s, enum txn_mode mode, struct txn **ret, struct vxe_error *err)
{
	struct txn *t = NULL;

	/* A second write transaction in this process would wait forever for the first one to end. */
	assert(mode == TXN_READ || !s->writing);
	if (mode == TXN_WRITE && s->config.readonly)
		return store_fail(s->config.where, err, "it was opened for reading only");
	log_debug("store: begin %s", mode == TXN_WRITE ? "write" : "read");
	if (checked(s->ops->begin(s, mode, &t, err), err) < 0)
		return -1;
	assert(t);
	t->store = s;
	t->mode = mode;
	s->n_open++;
	s->writing = s->writing || mode == TXN_WRITE;
	doc_cache_begin(s->cache, t->generation);
	if (mode == TXN_WRITE && s->guard.fn && t->generation != s->guard.seen &&
		s->guard.fn(t, s->guard.ctx, err) < 0) {
		txn_abort(t);
		return -1;
	}
	if (mode == TXN_WRITE)
		s->guard.seen = t->generation;
	if (mode == TXN_READ)
		t->learned = learned_ref(s->learned);
	else if (checked(learned_replay(t, err), err) < 0) {
		txn_abort(t);
		return -1;
	}
	*ret = t;
	return 0;
}

int txn_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err)
{
	size_t number = store_class_index(t->store, cls);
	bool reads = t->mode == TXN_READ;
	struct doc_cache *cache = t->store->cache;
	struct json_object *doc = NULL;
	int64_t of_row = 0;
	bool known = false;

	if (t->learned && checked(learned_get(t, cls, uuid, ret, generation, &known, err), err) < 0)
		return -1;
	if (known)
		return 0;
	if (shortcut_on(SHORTCUT_DOC_CACHE) &&
		(reads || !doc_cache_is_touched(cache, number, uuid)))
		doc = doc_cache_get(cache, t->generation, number, uuid, generation);
	if (doc) {
		*ret = reads ? json_object_get(doc) : doc_copy(doc);
		return 0;
	}
	if (checked(t->store->ops->get(t, cls, uuid, ret, &of_row, err), err) < 0)
		return -1;
	if (*ret && generation)
		*generation = of_row;
	if (*ret && reads)
		doc_cache_keep(cache, t->generation, number, uuid, *ret, of_row);
	return 0;
}

int txn_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err)
{
	(void)store_class_index(t->store, cls);
	return checked(t->learned ? learned_each(t, cls, NULL, NULL, fn, ctx, err)
				  : t->store->ops->each(t, cls, fn, ctx, err),
		err);
}

int txn_some(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn, void *ctx,
	struct vxe_error *err)
{
	(void)store_class_index(t->store, cls);
	if (t->learned)
		return checked(store_get_each(t, cls, uuids, fn, ctx, err), err);
	return uuids->n ? checked(t->store->ops->some(t, cls, uuids, fn, ctx, err), err) : 0;
}

int txn_find(struct txn *t, const char *cls, const char *column, const char *value, txn_each_fn *fn,
	void *ctx, struct vxe_error *err)
{
	(void)store_column_index(txn_class(t, cls), column);
	return checked(t->learned ? learned_each(t, cls, column, value, fn, ctx, err)
				  : t->store->ops->find(t, cls, column, value, fn, ctx, err),
		err);
}

static void assert_columns(const struct store_class *c, const char *const columns[])
{
	for (size_t i = 0; columns[i]; i++)
		(void)store_column_index(c, columns[i]);
}

int txn_scan_where(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	const struct store_class *c = txn_class(t, cls);
	const struct selection only = { .where = where, .value = value };

	assert_columns(c, columns);
	if (t->learned)
		return checked(learned_scan(t, cls, columns, &only, fn, ctx, err), err);
	assert(!where || store_column_is_found(c, store_column_index(c, where)));
	return checked(t->store->ops->scan(t, cls, columns, where, value, fn, ctx, err), err);
}

int txn_scan(struct txn *t, const char *cls, const char *const columns[], txn_row_fn *fn, void *ctx,
	struct vxe_error *err)
{
	return txn_scan_where(t, cls, columns, NULL, NULL, fn, ctx, err);
}

int txn_scan_begun(struct txn *t, const char *cls, const char *const columns[],
	const char *beginning, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_free_ char *until = xstrdup(beginning);

	assert_columns(txn_class(t, cls), columns);
	assert(*beginning && until[strlen(until) - 1] < CHAR_MAX);
	until[strlen(until) - 1]++;
	if (t->learned)
		return checked(learned_scan(t, cls, columns,
				       &(struct selection){ .from = beginning, .until = until }, fn,
				       ctx, err),
			err);
	return checked(t->store->ops->range(t, cls, columns, beginning, until, fn, ctx, err), err);
}

int txn_ask_ahead(struct txn *t, const struct store_question *list, size_t n, struct vxe_error *err)
{
	assert(n <= STORE_AHEAD_MAX);
	return t->learned || !t->store->ops->ahead
		? 0
		: checked(t->store->ops->ahead(t, list, n, err), err);
}

int txn_hold(struct txn *t, const char *const classes[], struct vxe_error *err)
{
	return t->learned || !t->store->ops->hold
		? 0
		: checked(t->store->ops->hold(t, classes, err), err);
}

int txn_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err)
{
	(void)txn_class(t, cls);
	return checked(t->learned ? learned_count(t, cls, ret, err)
				  : t->store->ops->count(t, cls, ret, err),
		err);
}

static int add_one(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	int64_t *n = ctx;

	(void)uuid, (void)values, (void)err;
	(*n)++;
	return 0;
}

int txn_newest(struct txn *t, const char *cls, const char *where, const char *value, int64_t *n,
	int64_t *generation, struct vxe_error *err)
{
	const char *const columns[] = { where, NULL };

	if (t->store->ops->newest && !t->learned)
		return checked(
			t->store->ops->newest(t, cls, where, value, n, generation, err), err);
	*n = 0;
	*generation = t->generation;
	return txn_scan_where(t, cls, columns, where, value, add_one, n, err);
}

int txn_holder(struct txn *t, const char *uuid, const char **ret, struct vxe_error *err)
{
	return checked(t->learned ? learned_holder(t, uuid, ret, err)
				  : t->store->ops->holder(t, "", uuid, ret, err),
		err);
}

/* Notes a change of a row: the cache has an older document of it, and a dry run may have to keep it. */
static void touch(struct txn *t, const char *cls, const char *uuid)
{
	doc_cache_touch(t->store->cache, store_class_index(t->store, cls), uuid);
	if (t->store->held) {
		strv_add(&t->touched, cls);
		strv_add(&t->touched, uuid);
	}
}

static int put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	bool is_new, struct vxe_error *err)
{
	bool known;

	assert(t->mode == TXN_WRITE);
	assert(json_object_is_type(doc, json_type_object));
	if (checked(txn_check_unique(t, cls, uuid, is_new, &known, err), err) < 0)
		return -1;
	int rc = checked(t->store->ops->put(t, cls, uuid, doc, known, err), err);

	if (rc == 0)
		touch(t, cls, uuid);
	log_debug("store: %s %s %s", rc > 0 ? "has" : "put", cls, uuid);
	return rc < 0 ? -1 : 0;
}

int txn_put_back(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err)
{
	return put(t, cls, uuid, doc, false, err);
}

int txn_put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err)
{
	if (checked(txn_check_distinct(t, cls, uuid, doc, err), err) < 0)
		return -1;
	return put(t, cls, uuid, doc, false, err);
}

int txn_add(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err)
{
	if (checked(txn_check_distinct(t, cls, uuid, doc, err), err) < 0)
		return -1;
	return put(t, cls, uuid, doc, true, err);
}

int txn_del(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err)
{
	assert(t->mode == TXN_WRITE);
	log_debug("store: del %s %s", cls, uuid);
	touch(t, cls, uuid);
	return checked(t->store->ops->del(t, cls, uuid, err), err);
}

int txn_generation(struct txn *t, int64_t *ret, struct vxe_error *err)
{
	(void)err;
	*ret = t->generation;
	return 0;
}

int txn_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err)
{
	return checked(t->store->ops->changes(t, since, fn, ctx, err), err);
}

int txn_allocate(struct txn *t, struct vxe_error *err)
{
	assert(t->mode == TXN_WRITE);
	return checked(t->store->ops->allocate(t, err), err);
}

void txn_take_reserve(struct txn *t)
{
	t->takes_reserve = true;
}

void txn_confirm(struct txn *t)
{
	assert(t->mode == TXN_WRITE);
	t->dirty = true;
}

void txn_keep(struct txn *t, struct txn_kept *kept)
{
	kept->next = t->kept;
	t->kept = kept;
}

const struct txn_kept *txn_kept(const struct txn *t)
{
	return t->dirty ? NULL : t->kept;
}

/*
 * Ends the bookkeeping for a transaction: frees what txn_keep() has attached to it, and does not count it as open any
 * more. Returns the store.
 */
static struct store *txn_forget(struct txn *t)
{
	struct store *s = t->store;

	while (t->kept) {
		struct txn_kept *kept = t->kept;

		t->kept = kept->next;
		kept->free(kept);
	}
	strv_clear(&t->touched);
	learned_unref(TAKE(t->learned));
	s->n_open--;
	if (t->mode == TXN_WRITE)
		s->writing = false;
	return s;
}

void txn_abort(struct txn *t)
{
	if (!t)
		return;
	if (t->mode == TXN_WRITE)
		doc_cache_end(t->store->cache, t->generation, false);
	txn_forget(t)->ops->abort(t);
}

void store_foresee(struct store *s, const struct store_question *list, size_t n)
{
	assert(n <= STORE_AHEAD_MAX);
	if (s->ops->foresee && !s->learned)
		s->ops->foresee(s, list, n);
}

void store_view(struct store *s, bool on)
{
	if (s->ops->view)
		s->ops->view(s, on);
}

void store_hold(struct store *s, bool on)
{
	s->held = on;
	if (!on)
		learned_unref(TAKE(s->learned));
}

/* Ends a write transaction of a dry run. One that has changed nothing would write nothing. */
static int commit_held(struct txn *t, struct vxe_error *err)
{
	int rc = 0;

	if (t->touched.n)
		rc = t->learns ? learned_keep(t, err) : vxe_fail(err, VXE_DRY_RUN, "records");
	txn_abort(t);
	return rc;
}

int txn_commit(struct txn *t, struct vxe_error *err)
{
	if (t->store->held && t->mode == TXN_WRITE)
		return checked(commit_held(t, err), err);
	log_debug("store: commit");
	struct store *s = txn_forget(t);
	bool writes = t->mode == TXN_WRITE;
	bool dirty = t->dirty;
	int64_t generation = t->generation;
	int rc = checked(s->ops->commit(t, err), err);

	if (writes)
		doc_cache_end(s->cache, generation, rc == 0 && dirty);
	if (writes && rc == 0 && dirty)
		s->guard.seen = generation + 1;
	return rc;
}

/* Runs @body in a write transaction and commits it. Returns 0, -1, or STORE_AGAIN if the caller has to run it again. */
static int update_once(
	struct store *s, bool learns, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s, TXN_WRITE, &t, err) < 0)
		return -1;
	assert(t);
	t->learns = learns;
	int rc = checked(body(t, ctx, err), err);
	if (rc < 0 && t->again) {
		error_clear(err);
		return STORE_AGAIN;
	}
	if (rc != 0)
		return rc;
	return txn_commit(TAKE(t), err);
}

static int update(struct store *s, bool learns, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	for (int i = 0; i < UPDATE_TRIES; i++) {
		int rc = update_once(s, learns, body, ctx, err);

		if (rc != STORE_AGAIN)
			return rc;
		clock_sleep_ms(1 << i);
	}
	return vxe_fail(
		err, VXE_TRY_AGAIN, s->config.where, "others write to the store all the time");
}

int store_update(struct store *s, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	return update(s, false, body, ctx, err);
}

int store_learn(struct store *s, txn_body_fn *body, void *ctx, struct vxe_error *err)
{
	return update(s, true, body, ctx, err);
}
