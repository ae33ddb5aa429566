/* SPDX-License-Identifier: MIT */
/* What mirrors the hosts of a pool: networks by their names, and interfaces and processors of each host. */
#include "objects/classes/common/mirrored_records.h"
#include "objects/classes/host/host_cpu.h"
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/host/role.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/network/pif.h"
#include "objects/devices/network_ops.h"
#include "tests/unit/machine_fixture.h"
#include "tests/unit/two_hosts.h"

#define NET_1 "11111111-0000-4000-8000-00000000000a"
#define NET_2 "22222222-0000-4000-8000-00000000000a"

TestSuite(pool_networks, .init = hosts_start, .fini = hosts_stop);

static void refresh_on(int host)
{
	be_host(host);
	next_command();
	session_forget_networks(S->here);
	OK(networks_refresh(S, &E));
}

/* The record of the network "shared"; NULL: there is none. Owned. */
static struct network *shared(void)
{
	_cleanup_records_ struct records all = all_of(&network_class);
	struct network *found = NULL;

	for (size_t i = 0; i < all.n; i++)
		if (str_eq(((struct network *)all.items[i])->name_label, "shared")) {
			cr_assert_null(found, "two records");
			found = TAKE(all.items[i]);
		}
	return found;
}

static void expect_shared(const char *on_1, const char *on_2)
{
	_cleanup_(network_free_cleanup) struct network *n = shared();

	cr_assert_not_null(n);
	cr_assert_str_eq(n->r.uuid, NET_1);
	cr_assert(str_eq(map_get(&n->on_hosts, hosts[1]), on_1));
	cr_assert(str_eq(map_get(&n->on_hosts, hosts[2]), on_2));
}

/* Both hosts have a network of one name, which is one network of the pool. */
static void share(void)
{
	be_host(1);
	hv_mock_add_network(mock, NET_1, "shared", "virbr7");
	be_host(2);
	hv_mock_add_network(mock, NET_2, "shared", "virbr7");
	refresh_on(1);
	refresh_on(2);
}

Test(pool_networks, a_network_that_vxe_makes_is_left_by_other_hosts)
{
	const struct network_new made = { .name_label = "made", .mtu = 1500, .managed = true };
	_cleanup_free_ char *uuid = NULL;

	be_host(1);
	OK(network_create(S, &made, &uuid, &E));
	refresh_on(2);
	_cleanup_(network_free_cleanup) struct network *n = find(&network_class, uuid);
	cr_assert(n);
	cr_expect_str_eq(map_get(&n->on_hosts, hosts[1]), uuid);
}

Test(pool_networks, a_network_of_one_name_is_one_network_of_all_hosts)
{
	be_host(1);
	hv_mock_add_network(mock, NET_1, "shared", "virbr7");
	be_host(2);
	hv_mock_add_network(mock, NET_2, "shared", "virbr7");
	refresh_on(1);
	expect_shared(NET_1, NULL);
	refresh_on(2);
	expect_shared(NET_1, NET_2);

	int64_t before = store_generation();
	refresh_on(1);
	refresh_on(2);
	cr_expect_eq(store_generation(), before, "a list that finds nothing new writes nothing");

	_cleanup_(network_free_cleanup) struct network *n = shared();
	char kind[] = "network", name[] = "shared";
	const struct spec_nic card = { .type = kind, .source = name };
	_cleanup_free_ char *uuid = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	const char *type, *source;
	cr_assert(network_source(S, n, &type, &source));
	cr_assert_str_eq(type, "network");
	cr_assert_str_eq(source, "shared");
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(network_uuid_of_nic(S, t, &card, &uuid, &E));
	cr_assert_str_eq(uuid, NET_1);
}

Test(pool_networks, the_record_goes_with_the_last_host_that_has_the_network)
{
	share();
	be_host(1);
	OK(hv_network_undefine(S->here->hv, NET_1, &E));
	refresh_on(2);
	expect_shared(NET_1, NET_2);
	refresh_on(1);
	expect_shared(NULL, NET_2);
	refresh_on(1);
	expect_shared(NULL, NET_2);
	be_host(2);
	OK(hv_network_undefine(S->here->hv, NET_2, &E));
	refresh_on(2);
	cr_assert_null(shared());
}

/* As undefining it, and defining it again under another name. */
static void rename_network(int host, const char *uuid, const char *name)
{
	be_host(host);
	OK(hv_network_undefine(S->here->hv, uuid, &E));
	hv_mock_add_network(mock, uuid, name, "virbr7");
}

/* The record of the host's network with this name; it is called so. Owned. */
static struct network *called(int host, const char *name)
{
	_cleanup_txn_ struct txn *t = NULL;
	struct network *n = NULL;
	const char *type, *source;

	be_host(host);
	OK(session_networks(S->here, &E));
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(network_of(S, t, networks_by_name(S, name), &n, &E));
	cr_assert(n, "%s", name);
	cr_assert_str_eq(n->name_label, name);
	cr_assert(network_source(S, n, &type, &source));
	cr_assert_str_eq(source, name);
	return n;
}

Test(pool_networks, a_network_that_one_host_renames_stays_that_of_the_others)
{
	share();
	rename_network(1, NET_1, "mine");
	refresh_on(1);
	expect_shared(NULL, NET_2);
	_cleanup_(network_free_cleanup) struct network *mine = called(1, "mine");
	cr_assert_str_eq(map_get(&mine->on_hosts, hosts[1]), NET_1);
	int64_t before = store_generation();
	refresh_on(1);
	refresh_on(2);
	cr_assert_eq(store_generation(), before);

	rename_network(2, NET_2, "mine");
	refresh_on(2);
	cr_assert_null(shared());
	_cleanup_(network_free_cleanup) struct network *both = called(2, "mine");
	cr_assert_str_eq(both->r.uuid, mine->r.uuid);
	cr_assert_eq(both->on_hosts.n, 2);
	rename_network(1, NET_1, "shared");
	refresh_on(1);
	expect_shared(NET_1, NULL);
}

Test(pool_networks, names_that_one_host_swaps_keep_their_records)
{
	be_host(1);
	hv_mock_add_network(mock, NET_1, "one", "virbr7");
	hv_mock_add_network(mock, NET_2, "two", "virbr8");
	refresh_on(1);
	OK(hv_network_undefine(S->here->hv, NET_2, &E));
	rename_network(1, NET_1, "two");
	hv_mock_add_network(mock, NET_2, "one", "virbr8");
	refresh_on(1);
	_cleanup_(network_free_cleanup) struct network *one = called(1, "one");
	_cleanup_(network_free_cleanup) struct network *two = called(1, "two");
	cr_assert_str_eq(one->r.uuid, NET_1);
	cr_assert_str_eq(map_get(&one->on_hosts, hosts[1]), NET_2);
	cr_assert_str_eq(two->r.uuid, NET_2);
	cr_assert_str_eq(map_get(&two->on_hosts, hosts[1]), NET_1);
	rename_network(1, NET_1, "three");
	refresh_on(1);
	_cleanup_(network_free_cleanup) struct network *three = called(1, "three");
	cr_assert_str_eq(three->r.uuid, NET_2);
	cr_assert_eq(count_of(&network_class), 2);
}

static void make_machine_of(int host)
{
	snprintf(machine_root, sizeof(machine_root), host == 1 ? "%s/machine" : "%s/second", dir);
	make_machine();
}

static size_t rows_of(const struct class *c, const char *host)
{
	_cleanup_records_ struct records all = all_of(c);
	size_t n = 0;

	for (size_t i = 0; i < all.n; i++)
		n += str_eq(c == &pif_class ? ((struct pif *)all.items[i])->host
					    : ((struct host_cpu *)all.items[i])->host,
			host);
	return n;
}

Test(pool_networks, each_host_has_its_own_interfaces_and_processors)
{
	make_machine_of(1);
	make_machine_of(2);
	for (int i = 1; i <= 4; i++) {
		be_host(i % 2 + 1);
		OK(interfaces_refresh(S, &E));
		OK(host_cpu_class.refresh(S, &E));
		OK(role_class.refresh(S, &E));
	}
	for (int i = 1; i <= 2; i++) {
		cr_expect(rows_of(&pif_class, hosts[i]) > 2);
		cr_expect_eq(rows_of(&host_cpu_class, hosts[i]), 2);
	}
	cr_expect_eq(count_of(&subject_class), 1);
}

/* The value of a host's field, asked on the host @at. Owned. */
static char *host_field(int at, int of, const char *field)
{
	be_host(at);
	next_command();
	return ask("host", "uuid", hosts[of], field);
}

Test(pool_networks, a_host_knows_the_facts_that_another_one_has_recorded)
{
	make_machine_of(1);
	make_machine_of(2);
	put_file("/proc/sys/kernel/hostname", "second-box\n");
	put_file("/proc/meminfo", "MemTotal:  4096 kB\nMemAvailable:  1024 kB\n");

	_cleanup_free_ char *unknown = host_field(1, 2, "memory-total");
	cr_expect_str_eq(unknown, NOT_IN_DATABASE);
	_cleanup_free_ char *own = host_field(2, 2, "hostname");
	cr_expect_str_eq(own, "second-box");
	be_host(1);
	caches_drop(&S->caches);
	_cleanup_free_ char *name = host_field(1, 2, "hostname");
	_cleanup_free_ char *memory = host_field(1, 2, "memory-total");
	_cleanup_free_ char *mine = host_field(1, 1, "hostname");
	_cleanup_free_ char *cpus = host_field(1, 2, "cpu_info");
	_cleanup_free_ char *cpus_there = host_field(2, 2, "cpu_info");
	_cleanup_free_ char *free_there = host_field(1, 2, "memory-free");
	cr_expect_str_eq(name, "second-box");
	cr_expect_str_eq(memory, "4194304");
	cr_expect_str_eq(mine, "box");
	cr_expect_str_eq(cpus, cpus_there);
	cr_expect_str_eq(free_there, NOT_IN_DATABASE);

	int64_t before = store_generation();
	_cleanup_free_ char *again = host_field(2, 2, "hostname");
	cr_expect_eq(store_generation(), before, "the same facts are not written again");
}

Test(pool_networks, facts_are_the_same_after_they_were_printed_and_parsed)
{
	_cleanup_machine_ struct machine_facts facts = { 0 }, again = { 0 };

	make_machine_of(1);
	machine_read(machine_root, &facts);
	_cleanup_free_ char *text = facts_print(&facts);
	facts_parse(text, &again);
	_cleanup_free_ char *twice = facts_print(&again);
	cr_assert_str_eq(text, twice);
	cr_assert_eq(again.n_cpus, 2);
	cr_assert_str_eq(again.cpus[1].vendor, "GenuineIntel");
	cr_assert_eq(again.n_nics, facts.n_nics);
	machine_clear(&again);
	facts_parse("{\"cpus\": 7, \"nics\": [[]], \"hostname\": 3", &again);
	cr_assert_str_eq(again.hostname, "");
	machine_clear(&again);
	facts_parse("{\"nics\": [[]]}", &again);
	cr_assert_str_eq(again.nics[0].ip, "");
}
