/* SPDX-License-Identifier: MIT */
/*
 * The cache of the documents that the read transactions of a process have read and parsed: a walk of a chain reads the
 * same documents again and again. All of them are of one generation of the store, so they are what a transaction of
 * that generation would read. The cache's size is bounded: a document may give way to another one.
 */
#pragma once

#include "store/store.h"

struct doc_cache;

struct doc_cache *doc_cache_new(void);
/* Accepts NULL. */
void doc_cache_free(struct doc_cache *c);
/* A transaction begins at @generation: documents of an older generation are dropped. */
void doc_cache_begin(struct doc_cache *c, int64_t generation);
/* The document of class number @cls that a transaction of @generation reads, borrowed; NULL: it is not in the cache. */
struct json_object *doc_cache_get(const struct doc_cache *c, int64_t generation, size_t cls,
	const char *uuid, int64_t *row_generation);
/* Adds @doc, which a transaction of @generation has read, to the cache, with a reference of its own. */
void doc_cache_keep(struct doc_cache *c, int64_t generation, size_t cls, const char *uuid,
	struct json_object *doc, int64_t row_generation);
/* Notes that the write transaction (there is only one) has written or deleted this row. */
void doc_cache_touch(struct doc_cache *c, size_t cls, const char *uuid);
/*
 * True if the write transaction may have changed this row. If not, that transaction may read the cache as readers of
 * its generation do.
 */
bool doc_cache_is_touched(const struct doc_cache *c, size_t cls, const char *uuid);
/*
 * The write transaction that began at @generation has ended. If it was @committed, the rows that it touched (and a
 * few others) are dropped, and the rest is of the next generation.
 */
void doc_cache_end(struct doc_cache *c, int64_t generation, bool committed);
