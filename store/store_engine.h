/* SPDX-License-Identifier: MIT */
/*
 * The base of every engine's structs, and the functions of store.c for engines. Nothing outside
 * store/ includes this.
 */
#pragma once

#include "store/store.h"

struct json_tokener;

struct store {
	const struct store_ops *ops;
	struct store_config config;  /* with copies of where and lock_dir of its own */
	size_t n_open;		     /* number of transactions that have not ended */
	bool writing;		     /* one of the open transactions writes */
	bool held;		     /* store_hold() has been called */
	struct doc_cache *cache;     /* documents that read transactions have read */
	struct json_tokener *parser; /* parses the documents */
	struct {
		store_damaged_fn *fn;
		void *ctx;
	} damaged; /* for store_bear_damage() */
};

struct txn {
	struct store *store;
	enum txn_mode mode;
	int64_t generation; /* generation of the newest commit that the transaction sees; the engine sets it */
	bool dirty;	    /* the transaction has put or deleted something; the engine sets it */
	bool takes_reserve; /* set by txn_take_reserve() */
	struct txn_kept *kept;
};

struct lease {
	const struct store_ops *ops;
};

/* For an engine's open and close: these initialize and release the members above. */
void store_init(struct store *s, const struct store_config *config);
void store_fini(struct store *s);

/* Position of a declared class or column; an undeclared name is a bug. */
size_t store_class_index(const struct store *s, const char *cls);
size_t store_column_index(const struct store_class *c, const char *column);
size_t store_class_count(const struct store *s);
size_t store_column_count(const struct store_class *c);
/* True for a column of which the engine keeps an index. */
bool store_column_is_found(const struct store_class *c, size_t column);

/* The declaration of @cls. */
const struct store_class *txn_class(const struct txn *t, const char *cls);

/* VXE_STORE_UNUSABLE with the store's name; returns -1. */
int store_fail(const char *where, struct vxe_error *err, const char *fmt, ...) _printf_(3, 4);
