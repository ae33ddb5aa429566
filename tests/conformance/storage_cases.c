/* SPDX-License-Identifier: MIT */
/* The group pool. */
#include "tests/conformance/guest.h"

#include <string.h>
#include <sys/stat.h>

#include "objects/base/uuid.h"

/* The pool of that name, owned and to be cleared; without a name when there is none. */
static struct hv_pool pool_called(struct world *w, const char *name)
{
	struct hv_pools all = { 0 };
	struct hv_pool found = { 0 };

	DO(hv_pools(w->h, &all, &w->err));
	for (size_t i = 0; i < all.n; i++) {
		if (!str_eq(all.items[i].name, name))
			continue;
		IS(!found.name);
		found = all.items[i];
		all.items[i] = (struct hv_pool){ 0 };
	}
	hv_pools_clear(&all);
	return found;
}

static bool pool_is(struct world *w, const char *name, bool there, bool active)
{
	struct hv_pool p = pool_called(w, name);
	bool is = (p.name != NULL) == there && p.active == active;

	hv_pool_clear(&p);
	return is;
}

static void a_pool_is_defined_and_runs(struct world *w)
{
	_cleanup_free_ char *uuid = uuid_new(), *spelling = xasprintf("%s/.", w->folder);
	_cleanup_free_ char *file = path_of(w, "volume"), *volume = NULL;
	struct hv_pool p = { .uuid = uuid, .name = w->name, .path = w->folder };

	make_file(w, "volume", "content");
	IS(pool_is(w, w->name, false, false));
	DO(hv_pool_define(w->h, &p, &w->err));
	DO(hv_pool_define(w->h, &p, &w->err));
	p.path = spelling;
	DO(hv_pool_define(w->h, &p, &w->err));
	struct hv_pool have = pool_called(w, w->name);
	IS(str_eq(have.uuid, uuid) && str_eq(have.type, "dir") && have.active);
	IS(str_eq(have.path, w->folder));
	volume = hv_pool_volume(&have, "volume");
	IS(str_eq(volume, file));
	hv_pool_clear(&have);

	DO(hv_pool_stop(w->h, w->name, false, &w->err));
	DO(hv_pool_stop(w->h, w->name, false, &w->err));
	IS(pool_is(w, w->name, true, false));
	DO(hv_pool_define(w->h, &p, &w->err));
	IS(pool_is(w, w->name, true, true));
	DO(hv_pool_stop(w->h, w->name, true, &w->err));
	DO(hv_pool_stop(w->h, w->name, true, &w->err));
	IS(pool_is(w, w->name, false, false) && file_exists(file));
}

static void a_pool_without_a_uuid_gets_one(struct world *w)
{
	struct hv_pool p = { .name = w->name, .path = w->folder };

	DO(hv_pool_define(w->h, &p, &w->err));
	struct hv_pool have = pool_called(w, w->name);
	IS(have.uuid && uuid_is_valid(have.uuid));
	hv_pool_clear(&have);
	DO(hv_pool_stop(w->h, w->name, true, &w->err));
}

static void one_name_one_directory_one_pool(struct world *w)
{
	_cleanup_free_ char *other = path_of(w, "other"), *name = xasprintf("%sb", w->name);
	_cleanup_free_ char *uuid = uuid_new();
	struct hv_pool p = { .uuid = uuid, .name = w->name, .path = w->folder };

	IS(mkdir(other, 0755) == 0);
	DO(hv_pool_define(w->h, &p, &w->err));
	p.path = other;
	REFUSED("define pool", hv_pool_define(w->h, &p, &w->err));
	p.name = name;
	REFUSED("define pool", hv_pool_define(w->h, &p, &w->err)); /* its UUID */
	p.uuid = NULL, p.path = w->folder;
	REFUSED("define pool", hv_pool_define(w->h, &p, &w->err)); /* its directory */
	IS(pool_is(w, name, false, false) && pool_is(w, w->name, true, true));
	DO(hv_pool_stop(w->h, w->name, true, &w->err));
}

static void a_pool_whose_directory_has_gone_follows_it(struct world *w)
{
	_cleanup_free_ char *first = path_of(w, "first"), *other = path_of(w, "other"),
			    *uuid = uuid_new(), *stranger = uuid_new();
	struct hv_pool p = { .uuid = uuid, .name = w->name, .path = first };

	IS(mkdir(first, 0755) == 0 && mkdir(other, 0755) == 0);
	DO(hv_pool_define(w->h, &p, &w->err));
	DO(hv_pool_stop(w->h, w->name, false, &w->err));
	p.path = other;
	REFUSED("define pool",
		hv_pool_define(
			w->h, &p, &w->err)); /* somebody has moved the pool, not the folder */
	IS(rmdir(first) == 0);
	p.uuid = stranger;
	REFUSED("define pool", hv_pool_define(w->h, &p, &w->err));
	p.uuid = uuid;
	DO(hv_pool_define(w->h, &p, &w->err));
	struct hv_pool have = pool_called(w, w->name);
	IS(str_eq(have.uuid, uuid) && have.active && str_eq(have.path, other));
	hv_pool_clear(&have);
	DO(hv_pool_stop(w->h, w->name, true, &w->err));
}

static void a_pool_wants_its_directory(struct world *w)
{
	_cleanup_free_ char *none = path_of(w, "none");
	struct hv_pool p = { .name = w->name, .path = none };

	REFUSED("start pool", hv_pool_define(w->h, &p, &w->err));
	IS(pool_is(w, w->name, true, false));
	IS(mkdir(none, 0755) == 0);
	DO(hv_pool_define(w->h, &p, &w->err));
	IS(pool_is(w, w->name, true, true));
	DO(hv_pool_stop(w->h, w->name, true, &w->err));
}

const struct conformance_case storage_cases[] = {
	CASE(a_pool_is_defined_and_runs),
	CASE(a_pool_without_a_uuid_gets_one),
	CASE(one_name_one_directory_one_pool),
	CASE(a_pool_whose_directory_has_gone_follows_it),
	CASE(a_pool_wants_its_directory),
	{ 0 },
};
