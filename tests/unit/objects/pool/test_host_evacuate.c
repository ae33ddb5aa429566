/* SPDX-License-Identifier: MIT */
/* Where the running VMs of a host go: all have a place, or none moves. */
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/vm/vm.h"
#include "objects/host/host_ops.h"
#include "objects/pool/host_evacuate.h"
#include "objects/vm/vm_lifecycle.h"
#include "tests/unit/two_hosts.h"

#define HOST_3 "33333333-0000-4000-8000-000000000003"
#define MIB INT64_C(1048576)

static struct moves moves;

static struct host *change_host(int n)
{
	return find(&host_class, hosts[n]);
}

static void save_host(struct host *h)
{
	save(&host_class, h);
	record_free(&host_class, h);
}

/* What host 2 has on record of its machine. */
static void there_is_memory(int64_t bytes)
{
	struct host *h = change_host(2);
	const struct machine_facts m = { .memory_total = bytes };

	free(h->facts);
	h->facts = facts_print(&m);
	save_host(h);
}

/* VM_A and VM_B run on host 1, on images that both hosts have. */
static void guests(void)
{
	hosts_start();
	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", NULL, NULL);
	be_host(1);
	add_domain(VM_A, "a", "a.qcow2");
	add_domain(VM_B, "b", "b.qcow2");
	share_domains();
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	hv_mock_set_state(mock, VM_B, HV_RUNNING);
	next_command();
}

static void guests_end(void)
{
	moves_clear(&moves);
	hosts_stop();
}

TestSuite(host_evacuate, .init = guests, .fini = guests_end);

Test(host_evacuate, each_running_machine_has_a_place)
{
	OK(moves_choose(S, NULL, &moves, &E));
	cr_assert_eq(moves.vms.n, 2);
	cr_assert_str_eq(moves.hosts.items[0], hosts[2]);
	moves_clear(&moves);
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	next_command();
	OK(moves_choose(S, NULL, &moves, &E));
	cr_assert_eq(moves.vms.n, 1);
	cr_assert_str_eq(moves.vms.items[0], VM_B);
}

/* A third host, whose libvirt does not answer. */
static void add_third(int64_t bytes)
{
	const struct machine_facts m = { .memory_total = bytes };
	struct host *h = record_new(&host_class);

	h->r.uuid = xstrdup(HOST_3);
	str_replace(&h->name_label, "third");
	h->enabled = true;
	h->facts = (free(h->facts), facts_print(&m));
	map_set(&h->other_config, "libvirt-uri", "mock:///third");
	save_host(h);
}

static void wants(const char *vm, const char *host)
{
	_cleanup_(vm_free_cleanup) struct vm *record = find(&vm_class, vm);

	str_replace(&record->affinity, host);
	save(&vm_class, record);
}

Test(host_evacuate, the_best_host_that_can_have_it_is_taken)
{
	there_is_memory(INT64_C(4096) * MIB);
	add_third(INT64_C(8192) * MIB);
	wants(VM_B, hosts[2]);
	next_command();
	OK(moves_choose(S, NULL, &moves, &E)); /* the third one lacks the SR */
	cr_assert_eq(moves.vms.n, 2);
	cr_assert_str_eq(moves.hosts.items[0], hosts[2]);
	cr_assert_str_eq(moves.hosts.items[1], hosts[2]);
}

static void alone(void)
{
	struct host *h = change_host(2);

	h->enabled = false;
	save_host(h);
}

static void paused(void)
{
	hv_mock_set_state(mock, VM_B, HV_PAUSED);
}

static void too_small(void)
{
	there_is_memory(MIB);
}

/* One of the machines fits. */
static void small(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	there_is_memory(vm->memory_dynamic_max + MIB);
}

static void cannot_be_reached(void)
{
	hv_mock_set_unreachable(mocks[2], "no route");
}

Test(host_evacuate, without_a_place_for_each_none_is_chosen)
{
	static const struct {
		void (*prepare)(void);
		enum vxe_code code;
	} cases[] = { { alone, NO_HOSTS_AVAILABLE }, { paused, VM_BAD_POWER_STATE },
		{ too_small, HOST_NOT_ENOUGH_FREE_MEMORY }, { small, HOST_NOT_ENOUGH_FREE_MEMORY },
		{ cannot_be_reached, HOST_OFFLINE } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (i) {
			guests_end();
			guests();
		}
		cases[i].prepare();
		next_command();
		int r = moves_choose(S, NULL, &moves, &E);

		cr_assert_eq(r, -1, "case %zu", i);
		cr_assert_eq(E.code, cases[i].code, "case %zu: %s", i, code_info(E.code)->name);
		cr_assert_gt(moves.staying.n, 0);
		cr_assert(str_starts(moves.reasons.items[0], code_info(E.code)->name),
			"case %zu: %s", i, moves.reasons.items[0]);
		error_clear(&E);
	}
}

Test(host_evacuate, a_lost_server_is_no_reason_of_a_vm)
{
	server_is_lost = true;
	FAILS(VXE_STORE_LOST, moves_choose(S, NULL, &moves, &E));
	cr_expect_eq(moves.staying.n, 0);
}

Test(host_evacuate, nothing_starts_on_the_host_meanwhile)
{
	_cleanup_locks_ struct locks held = { 0 };

	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	next_command();
	OK(host_evacuation_begin(S, &held, &E));
	FAILS(HOST_EVACUATE_IN_PROGRESS, vm_start(S, VM_A, 0, &E));
	locks_clear(&held);
	next_command();
	OK(vm_start(S, VM_A, 0, &E));
}
