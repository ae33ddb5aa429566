/* SPDX-License-Identifier: MIT */
/* What stays parsed between two reads, and what does not. */
#include "store/doc_cache.h"

#include "tests/unit/harness.h"
#include <json-c/json_object.h>
#include <stdio.h>

#include "tests/unit/leak.h"

TestSuite(doc_cache, .fini = no_leaks);

static void keep(struct doc_cache *c, const char *uuid)
{
	struct json_object *doc = json_object_new_object();

	doc_cache_keep(c, 0, 1, uuid, doc, 7);
	json_object_put(doc);
}

static bool is_kept(const struct doc_cache *c, const char *uuid)
{
	int64_t generation = 0;

	if (!doc_cache_get(c, 0, 1, uuid, &generation))
		return false;
	cr_expect_eq(generation, 7);
	return true;
}

/* In a table with one place for each hash, some of so many pushed others out at each walk. */
Test(doc_cache, the_documents_of_a_chain_stay_together)
{
	struct doc_cache *c = doc_cache_new();
	char uuid[16];

	for (int i = 0; i < 100; i++) {
		snprintf(uuid, sizeof(uuid), "node%d", i);
		keep(c, uuid);
	}
	for (int i = 0; i < 100; i++) {
		snprintf(uuid, sizeof(uuid), "node%d", i);
		cr_expect(is_kept(c, uuid), "%s", uuid);
	}
	doc_cache_free(c);
}

Test(doc_cache, older_ones_give_way)
{
	struct doc_cache *c = doc_cache_new();
	int kept = 0;
	char uuid[16];

	for (int i = 0; i < 10000; i++) {
		snprintf(uuid, sizeof(uuid), "node%d", i);
		keep(c, uuid);
		cr_expect(is_kept(c, uuid), "%s", uuid);
	}
	for (int i = 0; i < 10000; i++) {
		snprintf(uuid, sizeof(uuid), "node%d", i);
		kept += is_kept(c, uuid);
	}
	cr_expect_leq(kept, 2000);
	doc_cache_free(c);
}

Test(doc_cache, a_commit_drops_what_it_touched)
{
	struct doc_cache *c = doc_cache_new();

	cr_expect_not(doc_cache_is_touched(c, 1, "node1"));
	doc_cache_touch(c, 1, "node1");
	cr_expect(doc_cache_is_touched(c, 1, "node1"));
	keep(c, "node1");
	doc_cache_end(c, 0, false);
	cr_expect_not(doc_cache_is_touched(c, 1, "node1"));
	cr_expect(is_kept(c, "node1"));
	doc_cache_touch(c, 1, "node1");
	doc_cache_end(c, 0, true);
	cr_expect_null(doc_cache_get(c, 1, 1, "node1", NULL));
	cr_expect_not(is_kept(c, "node1"), "the generation is the next");
	doc_cache_free(c);
}
