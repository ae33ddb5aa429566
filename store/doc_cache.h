/* SPDX-License-Identifier: MIT */
/*
 * The documents that the read transactions of a process have read, kept parsed: a walk of a chain reads the same
 * documents again and again. All of them are of one generation of the store, so they are what a transaction of that
 * generation would read. Its size is bounded: a document may give way to another one.
 */
#pragma once

#include "store/store.h"

struct doc_cache;

struct doc_cache *doc_cache_new(void);
/* Accepts NULL. */
void doc_cache_free(struct doc_cache *c);
/* A transaction begins at @generation: documents of an older generation are dropped. */
void doc_cache_begin(struct doc_cache *c, int64_t generation);
/* The document of class number @cls that a transaction of @generation reads, borrowed; NULL: not kept. */
struct json_object *doc_cache_get(const struct doc_cache *c, int64_t generation, size_t cls,
	const char *uuid, int64_t *row_generation);
/* Keeps a reference to @doc, which a transaction of @generation has read. */
void doc_cache_keep(struct doc_cache *c, int64_t generation, size_t cls, const char *uuid,
	struct json_object *doc, int64_t row_generation);
/* The one write transaction has written or deleted this row. */
void doc_cache_touch(struct doc_cache *c, size_t cls, const char *uuid);
/* False: the write transaction has not changed this row, so it may read the cache as readers of its generation do. */
bool doc_cache_is_touched(const struct doc_cache *c, size_t cls, const char *uuid);
/*
 * The write transaction that began at @generation has ended. If it was @committed, the rows that it touched (and a
 * few others) are dropped, and the rest is of the next generation.
 */
void doc_cache_end(struct doc_cache *c, int64_t generation, bool committed);
