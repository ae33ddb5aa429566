/* SPDX-License-Identifier: MIT */
#include "store/doc_cache.h"

#include <json-c/json_object.h>

/* More than a chain and its VM have; the index of a slot is a hash, so some give way to others. */
#define SLOTS 1024

struct slot {
	struct json_object *doc; /* NULL: empty */
	char *uuid;
	size_t cls;
	int64_t generation;
	bool touched; /* by the write transaction */
};

struct doc_cache {
	int64_t generation;
	bool is_touched; /* a slot is */
	struct slot slots[SLOTS];
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

static void drop_all(struct doc_cache *c)
{
	for (size_t i = 0; i < SLOTS; i++)
		slot_clear(&c->slots[i]);
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

/* FNV-1a of the class and the UUID. */
static size_t slot_of(size_t cls, const char *uuid)
{
	uint32_t hash = 2166136261U ^ (uint32_t)cls;

	for (; *uuid; uuid++)
		hash = (hash ^ (unsigned char)*uuid) * 16777619U;
	return (hash ^ hash >> 16) % SLOTS;
}

struct json_object *doc_cache_get(const struct doc_cache *c, int64_t generation, size_t cls,
	const char *uuid, int64_t *row_generation)
{
	const struct slot *s = &c->slots[slot_of(cls, uuid)];

	if (generation != c->generation || !s->doc || s->cls != cls || !str_eq(s->uuid, uuid))
		return NULL;
	if (row_generation)
		*row_generation = s->generation;
	return s->doc;
}

void doc_cache_keep(struct doc_cache *c, int64_t generation, size_t cls, const char *uuid,
	struct json_object *doc, int64_t row_generation)
{
	struct slot *s = &c->slots[slot_of(cls, uuid)];

	if (generation != c->generation)
		return;
	slot_clear(s);
	s->doc = json_object_get(doc);
	s->uuid = xstrdup(uuid);
	s->cls = cls;
	s->generation = row_generation;
}

/* Marks the slot, whatever is in it: a reader may fill it before the writer commits. */
void doc_cache_touch(struct doc_cache *c, size_t cls, const char *uuid)
{
	c->slots[slot_of(cls, uuid)].touched = true;
	c->is_touched = true;
}

void doc_cache_end(struct doc_cache *c, int64_t generation, bool committed)
{
	bool is_next = committed && c->is_touched && generation == c->generation;

	for (size_t i = 0; i < SLOTS && c->is_touched; i++) {
		if (c->slots[i].touched && is_next)
			slot_clear(&c->slots[i]);
		c->slots[i].touched = false;
	}
	c->is_touched = false;
	if (is_next)
		c->generation++;
}
