/* SPDX-License-Identifier: MIT */
/* libvirt's pool of the SR "Local storage": it comes with the first image in the SR. */
#include "tests/unit/host_fixture.h"

#include "objects/base/uuid.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/sr_pool.h"
#include "objects/storage/pbd_ops.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_create.h"

#define SIZE (1 << 20)
#define OTHER "ffffffff-0000-4000-8000-00000000000f"

static char sr[40];

static void start(void)
{
	host_start();
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	_cleanup_records_ struct records pools = all_of(&pool_class);
	snprintf(sr, sizeof(sr), "%s", ((const struct pool *)pools.items[0])->default_sr);
}

TestSuite(sr_pool, .init = start, .fini = host_stop);

static void new_disk(void)
{
	const struct vdi_new args = { .sr = sr, .name_label = "new", .size = SIZE };
	_cleanup_free_ char *uuid = NULL;

	OK(vdi_create(S, &args, &uuid, &E));
}

/* The record says that the pool is still to be defined, or that it has this name. */
static void says(bool due, const char *name)
{
	_cleanup_(sr_free_cleanup) struct sr *now = find(&sr_class, sr);

	cr_expect_eq(now->pool_due, due);
	cr_expect_str_eq(now->pool_name, name);
}

static size_t n_pools(void)
{
	OK(session_facts_again(S->here, &E));
	return S->here->pools->n;
}

static unsigned defined(void)
{
	return hv_mock_calls(mock, "pool_define");
}

static void add_pool(const char *uuid, const char *name, const char *path)
{
	char type[] = "dir";
	_cleanup_free_ char *u = xstrdup(uuid), *n = xstrdup(name), *p = xstrdup(path);

	hv_mock_add_pool(mock, &(struct hv_pool){ .uuid = u, .name = n, .type = type, .path = p });
}

Test(sr_pool, comes_with_the_first_image)
{
	says(true, "");
	cr_assert_eq(n_pools(), 0);
	new_disk();
	says(false, "vxe");
	cr_assert_eq(n_pools(), 1);
	const struct hv_pool *pool = sr_pool_at(S, S->config.image_dir);
	cr_assert(pool && pool->active);
	cr_assert_str_eq(pool->name, "vxe");
	cr_assert_str_eq(pool->uuid, sr);
	new_disk();
	cr_assert_eq(defined(), 1, "no other image asks for it");
}

Test(sr_pool, that_fails_fails_no_operation_and_is_not_tried_again)
{
	hv_mock_fail(mock, "pool_define", 0, HV_MOCK_BEFORE, "no");
	new_disk();
	says(false, "");
	new_disk();
	cr_assert_eq(defined(), 1);
}

Test(sr_pool, waits_for_libvirt)
{
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
	OK(session_prepare(S, &E));
	hv_mock_set_unreachable(mock, "no daemon");
	sr_pool_come(S, sr);
	says(true, "");
	hv_mock_set_unreachable(mock, NULL);
	session_retry(S->here);
	sr_pool_come(S, sr);
	says(false, "vxe");
}

Test(sr_pool, of_the_folder_is_taken_as_it_is)
{
	add_pool(OTHER, "mine", S->config.image_dir);
	new_disk();
	says(false, "mine");
	cr_assert_eq(defined(), 0);
}

/* A vxe died between the definition of the pool and its start. */
Test(sr_pool, that_is_there_by_half_is_started)
{
	add_pool(sr, "vxe", S->config.image_dir);
	new_disk();
	says(false, "vxe");
	cr_assert_eq(n_pools(), 1);
	cr_assert(S->here->pools->items[0].active);
}

Test(sr_pool, has_another_name_if_the_name_is_taken)
{
	_cleanup_free_ char *name = xasprintf("vxe-%.8s", sr), *elsewhere = at("elsewhere");

	add_pool(OTHER, "vxe", elsewhere);
	new_disk();
	says(false, name);
	cr_assert_eq(n_pools(), 2);
}

Test(sr_pool, does_not_come_in_a_dry_run)
{
	struct wishes wishes = *S->wishes;

	wishes.dry_run = true;
	const struct wishes *before = session_wish(S, &wishes);
	sr_pool_come(S, sr);
	session_wish(S, before);
	says(true, "");
	cr_assert_eq(defined(), 0);
}

/* An older vxe has tried it at the first use. */
static int older(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *then = NULL;

	(void)ctx;
	if (sr_get(t, sr, &then, err) < 0)
		return -1;
	then->pool_due = false;
	return record_save(t, &sr_class, then, err);
}

Test(sr_pool, of_an_older_store_is_not_looked_at)
{
	OK(store_update(S->store, older, NULL, &E));
	new_disk();
	says(false, "");
	cr_assert_eq(defined(), 0);
}

Test(sr_pool, of_an_unplugged_sr_waits_for_the_plug_and_an_image)
{
	_cleanup_free_ char *pbd = uuid_derive(sr, "pbd");

	OK(pbd_unplug(S, pbd, &E));
	sr_pool_come(S, sr);
	says(true, "");
	OK(pbd_plug(S, pbd, &E));
	says(true, "");
	new_disk();
	says(false, "vxe");
}

Test(sr_pool, comes_with_a_file_that_a_scan_finds)
{
	OK(sr_scan(S, sr, &E));
	says(true, "");
	make_image("images/vxe/mine.qcow2", NULL, NULL);
	OK(sr_scan(S, sr, &E));
	says(false, "vxe");
}
