/* SPDX-License-Identifier: MIT */
#include "store/doc_cache.h"

#include <json-c/json_object.h>

/*
 * The size of the cache: more documents than a chain and its VM have. The hash of a document selects its set; a set
 * that is full loses its oldest document. With sets of one document, one or two pairs of 50 documents would displace
 * each other all the time.
 */
#define SETS 256
#define WAYS 4

struct slot {
	struct json_object *doc; /* NULL: this entry is empty */
	char *uuid;
	size_t cls;
	int64_t generation;
};

struct set {
	struct slot slots[WAYS];
	unsigned oldest;
	bool touched; /* the write transaction has changed a row of this set */
};

struct doc_cache {
	int64_t generation;
	bool is_touched; /* at least one set is touched */
	struct set sets[SETS];
};

struct doc_cache *doc_cache_new(void)
{
	return xcalloc(1, sizeof(struct doc_cache));
}

static void slot_clear(struct slot *s)
{
	json_object_put(TAKE(s->doc));
	free(TAKE(s->uuid));
}

static void set_clear(struct set *s)
{
	for (size_t i = 0; i < WAYS; i++)
		if (s->slots[i].doc)
			slot_clear(&s->slots[i]);
}

static void drop_all(struct doc_cache *c)
{
	for (size_t i = 0; i < SETS; i++)
		set_clear(&c->sets[i]);
}

void doc_cache_free(struct doc_cache *c)
{
	if (!c)
		return;
	drop_all(c);
	free(c);
}

void doc_cache_begin(struct doc_cache *c, int64_t generation)
{
	if (generation <= c->generation)
		return;
	drop_all(c);
	c->generation = generation;
}

/* The set of cache entries for this object: FNV-1a of the class and the UUID. */
static size_t set_of(size_t cls, const char *uuid)
{
	uint32_t hash = 2166136261U ^ (uint32_t)cls;

	for (; *uuid; uuid++)
		hash = (hash ^ (unsigned char)*uuid) * 16777619U;
	return (hash ^ hash >> 16) % SETS;
}

struct json_object *doc_cache_get(const struct doc_cache *c, int64_t generation, size_t cls,
	const char *uuid, int64_t *row_generation)
{
	const struct set *set = &c->sets[set_of(cls, uuid)];

	for (size_t i = 0; i < WAYS && generation == c->generation; i++) {
		const struct slot *s = &set->slots[i];

		if (!s->doc || s->cls != cls || !str_eq(s->uuid, uuid))
			continue;
		if (row_generation)
			*row_generation = s->generation;
		return s->doc;
	}
	return NULL;
}

void doc_cache_keep(struct doc_cache *c, int64_t generation, size_t cls, const char *uuid,
	struct json_object *doc, int64_t row_generation)
{
	struct set *set = &c->sets[set_of(cls, uuid)];
	struct slot *s = &set->slots[set->oldest];

	if (generation != c->generation)
		return;
	set->oldest = (set->oldest + 1) % WAYS;
	slot_clear(s);
	s->doc = json_object_get(doc);
	s->uuid = xstrdup(uuid);
	s->cls = cls;
	s->generation = row_generation;
}

/*
 * Marks the whole set of the row as changed, even if the row is not cached: a reader may add the row before the writer
 * commits.
 */
void doc_cache_touch(struct doc_cache *c, size_t cls, const char *uuid)
{
	c->sets[set_of(cls, uuid)].touched = true;
	c->is_touched = true;
}

bool doc_cache_is_touched(const struct doc_cache *c, size_t cls, const char *uuid)
{
	return c->sets[set_of(cls, uuid)].touched;
}

void doc_cache_end(struct doc_cache *c, int64_t generation, bool committed)
{
	bool is_next = committed && c->is_touched && generation == c->generation;

	for (size_t i = 0; i < SETS && c->is_touched; i++) {
		if (c->sets[i].touched && is_next)
			set_clear(&c->sets[i]);
		c->sets[i].touched = false;
	}
	c->is_touched = false;
	if (is_next)
		c->generation++;
}
