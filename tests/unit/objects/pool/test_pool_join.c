/* SPDX-License-Identifier: MIT */
/* A host brings its records into the pool of another one: what is added, what is shared, what is refused. */
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sm.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/pool/pool_eject.h"
#include "objects/pool/pool_move.h"
#include "objects/start/default_templates.h"
#include "objects/storage/sr_create.h"
#include "tests/unit/host_fixture.h"

#define HOST_2 "22222222-0000-4000-8000-000000000002"
#define NET_1 "cccccccc-0000-4000-8000-000000000001"
#define NET_2 "cccccccc-0000-4000-8000-000000000002"
#define NET_OWN "cccccccc-0000-4000-8000-000000000003"
#define CARD                                                                                       \
	"<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>"

static char pool[PATH_MAX]; /* the store of the pool */
static struct hv_mock *second;
static char *first_host, *first_pool, *own_store;

/* A session on host 2, which has everything in the folder "2". */
static void open_second(void)
{
	static char store[PATH_MAX], images[PATH_MAX], locks[PATH_MAX];
	struct session_config c = host_config(&store_sqlite_ops);

	snprintf(store, sizeof(store), "%s/2/store", dir);
	snprintf(images, sizeof(images), "%s/2/images", dir);
	snprintf(locks, sizeof(locks), "%s/2/locks", dir);
	c.store = store;
	c.connect = "mock:///second";
	c.image_dir = images;
	c.lock_dir = locks;
	session_close(TAKE(S));
	OK(session_open(&S, &c, &E));
	S->ui.notice = take_notice;
	OK(session_prepare(S, &E));
}

static void start(void)
{
	host_start();
	snprintf(pool, sizeof(pool), "%s/pool", dir);
	hv_mock_add_network(mock, NET_1, "default", "virbr0");
	session_start(&store_sqlite_ops);
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	OK(adopt_domains(S, &E));
	OK(pool_init(S, pool, &E));
	first_host = xstrdup(S->here->uuid);
	first_pool = xstrdup(S->store_uuid);

	struct hv_mock *one = mock;
	_cleanup_free_ char *places = at("2/places");

	make_dirs(places);
	second = mock = hv_mock_create("mock:///second");
	hv_mock_set_host(second, HOST_2);
	hv_mock_add_network(second, NET_2, "default", "virbr7");
	hv_mock_add_network(second, NET_OWN, "own", "virbr8");
	_cleanup_free_ char *xml = domain_xml(VM_B, "b", CARD);

	hv_mock_add(second, xml, HV_SHUTOFF);
	open_second();
	OK(adopt_domains(S, &E));
	own_store = xstrdup(S->store_uuid);
	mock = one;
}

static void stop(void)
{
	session_close(TAKE(S));
	hv_mock_free(TAKE(second));
	free(TAKE(first_host));
	free(TAKE(first_pool));
	free(TAKE(own_store));
	host_stop();
}

TestSuite(pool_join, .init = start, .fini = stop);

static void join(void)
{
	_cleanup_free_ char *joined = NULL;

	OK(pool_join(S, pool, &joined, &E));
	cr_expect_str_eq(joined, first_pool);
	open_second();
	cr_expect_str_eq(S->store_uuid, first_pool);
	cr_expect_str_eq(S->here->uuid, HOST_2);
	cr_expect_eq(S->pool_size, 2);
}

Test(pool_join, both_have_all)
{
	size_t types = count_of(&sm_class);

	join();
	_cleanup_(vm_free_cleanup) struct vm *a = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *b = find(&vm_class, VM_B);

	cr_assert(a && b);
	cr_expect_str_eq(a->home, first_host);
	cr_expect_str_eq(b->home, HOST_2);
	cr_expect_eq(count_of(&pool_class), 1);
	cr_expect_eq(count_of(&sm_class), types);
}

Test(pool_join, networks_of_one_name_are_one)
{
	join();
	_cleanup_records_ struct records vifs = all_of(&vif_class);
	_cleanup_(network_free_cleanup) struct network *both = find(&network_class, NET_1);
	_cleanup_(network_free_cleanup) struct network *own = find(&network_class, NET_OWN);

	cr_assert(both && own && vifs.n == 1);
	cr_expect_null(find(&network_class, NET_2));
	cr_expect_str_eq(map_get(&both->on_hosts, first_host), NET_1);
	cr_expect_str_eq(map_get(&both->on_hosts, HOST_2), NET_2);
	cr_expect_null(map_get(&own->on_hosts, first_host));
	cr_expect_str_eq(((const struct vif *)vifs.items[0])->network, NET_1);
	OK(networks_refresh(S, &E));
	cr_expect_null(find(&network_class, NET_2));
}

static size_t default_templates(void)
{
	_cleanup_records_ struct records vms = all_of(&vm_class);
	size_t n = 0;

	for (size_t i = 0; i < vms.n; i++)
		n += ((const struct vm *)vms.items[i])->is_default_template;
	return n;
}

Test(pool_join, a_template_that_somebody_has_changed_stays)
{
	_cleanup_(vm_free_cleanup) struct vm *plain = template_new(HOST_2, 0);
	_cleanup_(vm_free_cleanup) struct vm *changed = template_new(HOST_2, 1);
	size_t n = default_templates();

	cr_expect_str_eq(changed->name_label, "Debian Bookworm 12");
	changed->memory_static_max *= 2;
	save(&vm_class, changed);
	join();
	cr_expect_null(find(&vm_class, plain->r.uuid));
	_cleanup_(vm_free_cleanup) struct vm *kept = find(&vm_class, changed->r.uuid);
	cr_assert(kept);
	cr_expect_eq(kept->memory_static_max, changed->memory_static_max);
	cr_expect_eq(default_templates(), n + 1);
}

Test(pool_join, a_template_with_a_network_card_stays)
{
	_cleanup_(vm_free_cleanup) struct vm *used = template_new(HOST_2, 0);
	struct vif *card = record_new(&vif_class);

	card->r.uuid = xstrdup("dddddddd-0000-4000-8000-000000000001");
	str_replace(&card->vm, used->r.uuid);
	str_replace(&card->network, NET_OWN);
	save(&vif_class, card);
	vif_free(card);
	join();
	_cleanup_(vm_free_cleanup) struct vm *kept = find(&vm_class, used->r.uuid);
	cr_expect(kept);
}

Test(pool_join, the_store_of_before_counts_as_own)
{
	cr_expect(session_is_own_store(S, own_store));
	cr_expect_not(session_is_own_store(S, first_pool));
	join();
	cr_expect(session_is_own_store(S, own_store));
	cr_expect(session_is_own_store(S, first_pool));
	cr_expect(session_is_own_store(S, NULL));
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
	cr_expect_not(session_is_own_store(S, own_store)); /* on host 1 */
}

Test(pool_join, a_uuid_of_the_pool_is_refused)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_B);
	char *joined = NULL;

	str_replace(&vm->r.uuid, VM_A);
	save(&vm_class, vm);
	FAILS(VXE_UUID_IN_POOL, pool_join(S, pool, &joined, &E));
	open_second();
	cr_expect(!S->mark.store);
	cr_expect_str_eq(S->store_uuid, own_store);
}

Test(pool_join, a_host_of_the_pool_is_refused)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	char *joined = NULL;
	_cleanup_store_ struct store *store = NULL;

	OK(store_open_at(&store, &S->config, pool, false, &E));
	host = record_new(&host_class);
	host->r.uuid = xstrdup(HOST_2);
	OK(store_update(store, save_body, &(struct save_one){ &host_class, host }, &E));
	FAILS(VXE_UUID_IN_POOL, pool_join(S, pool, &joined, &E));
}

Test(pool_join, a_store_without_a_pool_is_refused)
{
	_cleanup_free_ char *empty = at("empty");
	struct store *store;
	char *joined = NULL;

	OK(store_open_at(&store, &S->config, empty, false, &E));
	store_close(store);
	FAILS(VXE_NO_POOL, pool_join(S, empty, &joined, &E));
}

static void take_planned(void *ctx, const struct planned *line)
{
	str_add(ctx, line->text);
	str_add(ctx, "\n");
}

Test(pool_join, a_dry_run_says_what_becomes_of_all)
{
	struct wishes w = { .dry_run = true };
	_cleanup_str_ struct str text = { 0 };
	char *joined = NULL;

	S->ui.planned = take_planned;
	S->ui.ctx = &text;
	session_wish(S, &w);
	FAILS(VXE_PLANNED, pool_join(S, pool, &joined, &E));
	session_wish(S, NULL);
	cr_expect(strstr(str_text(&text), "copy: 1 record of class host\n"), "%s", str_text(&text));
	cr_expect(strstr(str_text(&text), "share: the pool's network default\n"), "%s",
		str_text(&text));
	cr_expect(strstr(str_text(&text), "leave out: 1 record of class pool, "), "%s",
		str_text(&text));
	S->ui.ctx = NULL;
	S->ui.planned = NULL;
	open_second();
	cr_expect(!S->mark.store);
}

Test(pool_join, a_host_that_leaves_has_what_it_had)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_B);

	join();
	struct session *old = TAKE(S);

	open_second();
	OK(pool_eject(S, HOST_2, &E));
	FAILS(VXE_TRY_AGAIN,
		store_update(old->store, save_body, &(struct save_one){ &vm_class, vm }, &E));
	session_close(old);
	open_second();
	cr_expect(!S->mark.store);
	cr_expect_str_eq(S->store_uuid, own_store);
	cr_expect(session_is_own_store(S, first_pool));
	_cleanup_(vm_free_cleanup) struct vm *b = find(&vm_class, VM_B);
	_cleanup_(network_free_cleanup) struct network *net = find(&network_class, NET_2);
	_cleanup_records_ struct records vifs = all_of(&vif_class);
	cr_assert(b && net && vifs.n == 1);
	cr_expect_null(find(&vm_class, VM_A));
	cr_expect_str_eq(((const struct vif *)vifs.items[0])->network, NET_2);
	join();
}

/* ---- SRs that the pool shares ------------------------------------------------------------------- */

/* Makes a file SR of the pool's first host; its folder is seen by both, as tests have one file system. Owned. */
static char *share(const char *name)
{
	_cleanup_(map_clear) struct map config = { 0 };
	_cleanup_free_ char *folder = at(name);
	struct session_config c = host_config(&store_sqlite_ops);
	char *uuid = NULL;

	map_set(&config, "location", folder);
	const struct sr_new args = {
		.name_label = name, .type = "file", .shared = true, .device_config = &config
	};
	session_close(TAKE(S));
	OK(session_open(&S, &c, &E));
	OK(session_prepare(S, &E));
	OK(sr_create(S, &args, &uuid, &E));
	open_second();
	return uuid;
}

static struct pbd *pbd_of(const char *sr)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };
	struct pbd *ret = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &pbd_class, "sr_uuid", sr, &all, &E));
	cr_expect_eq(all.n, 2);
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(((const struct pbd *)all.items[i])->host, HOST_2))
			ret = find(&pbd_class, ((const struct pbd *)all.items[i])->r.uuid);
	cr_assert(ret);
	return ret;
}

Test(pool_join, the_host_has_the_shared_srs_that_it_reaches)
{
	_cleanup_free_ char *here = share("here"), *away = share("away");
	_cleanup_free_ char *folder = at("away"), *mark = at("away/" SR_MARK);

	cr_assert_eq(unlink(mark), 0); /* an empty mount point */
	join();
	_cleanup_(pbd_free_cleanup) struct pbd *one = pbd_of(here), *other = pbd_of(away);

	cr_expect(!one->unplugged);
	cr_expect(other->unplugged);
	cr_expect_str_eq(map_get(&other->device_config, "location"), folder);
	cr_assert_geq(notices.n, 1);
	const char *said = notices.items[notices.n - 1];

	cr_assert(strstr(said, "is not attached here") && strstr(said, other->r.uuid), "%s", said);
}
