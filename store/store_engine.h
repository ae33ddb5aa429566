/* SPDX-License-Identifier: MIT */
/*
 * The first members of the structs of every storage engine, and the functions of store.c and store_one_host.c that engines
 * call. Only files in store/ include this header.
 */
#pragma once

#include "store/store.h"

#include <assert.h>

struct json_tokener;
struct learned;

struct store {
	const struct store_ops *ops;
	/* the configuration that the caller gave, with copies of the texts where, lock_dir and keep_dir */
	struct store_config config;
	size_t n_open; /* number of transactions that have not ended */
	bool writing;  /* one of the open transactions is a write transaction */
	/* store_hold() has begun a dry run, in which commits of write transactions fail */
	bool held;
	bool decides;		 /* store_decide() was called */
	struct learned *learned; /* what store_learn() has kept in this dry run; NULL: nothing */
	struct doc_cache *cache; /* documents that read transactions have read */
	struct json_tokener *parser; /* parses the JSON texts of the documents */
	struct {
		store_damaged_fn *fn;
		void *ctx;
	} damaged; /* callback that store_bear_damage() has set */
	struct {
		int64_t seen; /* generation of the newest commit that is this process's, or that @fn has seen */
		store_written_fn *fn;
		void *ctx;
	} guard; /* callback that store_guard_writes() has set */
};

struct txn {
	struct store *store;
	enum txn_mode mode;
	int64_t generation; /* generation of the newest commit that the transaction sees; the engine sets it */
	bool dirty; /* something was put or deleted, which the engine sets, or txn_confirm() */
	bool takes_reserve; /* set by txn_take_reserve() */
	/* set by the engine when a call has failed in a way that the transaction, run again, may not meet */
	bool again;
	struct txn_kept *kept;
	/* of a read transaction in a dry run: what was learned before it began; NULL: nothing */
	struct learned *learned;
	bool learns; /* the transaction is one of store_learn() */
	struct strv
		touched; /* in a dry run: class and UUID, in turn, of each row that it has put or deleted */
};

struct lease {
	const struct store_ops *ops;
};

/*
 * Passes on the result @rc of an engine's function; in test builds checks that a failure has an error, and that no
 * other result has one.
 */
static inline int checked(int rc, const struct vxe_error *err)
{
	assert((rc < 0) == (err->code != VXE_OK));
	(void)err;
	return rc;
}

/* Initialize and release the members of struct store; called by the open and close functions of an engine. */
void store_init(struct store *s, const struct store_config *config);
void store_fini(struct store *s);

/* The index of a class or column in its declaration; to ask for an undeclared name is a bug. */
size_t store_class_index(const struct store *s, const char *cls);
size_t store_column_index(const struct store_class *c, const char *column);
size_t store_class_count(const struct store *s);
size_t store_column_count(const struct store_class *c);
/* True for a column of which the engine keeps an index. */
bool store_column_is_found(const struct store_class *c, size_t column);

/* The declaration of @cls. */
const struct store_class *txn_class(const struct txn *t, const char *cls);

/*
 * Fails if another class whose UUIDs are unique has an object with the UUID. With @is_new, also fails if @cls itself
 * has an object with the UUID. *known: it has one, and @is_new is false.
 */
int txn_check_unique(struct txn *t, const char *cls, const char *uuid, bool is_new, bool *known,
	struct vxe_error *err) _must_check_;
/*
 * Fails if another row of the class has the same values in the columns that must be distinct. A row that does not
 * change these values passes, even if it has a duplicate. There is only one writer, so the result stays valid until the
 * transaction ends.
 */
int txn_check_distinct(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;

/* The function some of an engine that asks nobody: get() for each. */
int store_get_each(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn,
	void *ctx, struct vxe_error *err);

/* For engines whose leases are the kernel's: the function keep_leases. */
int store_keeps_leases(struct store *s, const char *cls, const char *uuid, bool ask, bool *gone,
	struct vxe_error *err);

/* For engines whose stores have one host alone: the functions beat, last_beat and beat_in. */
int store_no_beat(struct store *s, const char *host, struct vxe_error *err);
int store_no_last_beat(struct store *s, const char *host, int64_t *ms, struct vxe_error *err);
int store_no_beat_in(struct txn *t, const char *host, int64_t *ms, struct vxe_error *err);
/* The function await of engines that are told of no commits. */
int store_no_await(struct store *s, int64_t seen, int64_t ms, struct vxe_error *err);

/* Fails with VXE_STORE_UNUSABLE, which names the store @where and the formatted reason. Returns -1. */
int store_fail(const char *where, struct vxe_error *err, const char *fmt, ...) _printf_(3, 4);
