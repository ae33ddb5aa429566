/* SPDX-License-Identifier: MIT */
/*
 * A running VM goes from host 1 to host 2 of a pool. Whatever fails on the way, and wherever vxe dies, after the recovery
 * exactly one host has its domain and runs it, and the record says which one.
 */
#include "objects/check/check.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/op_recover.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_migrate.h"
#include "objects/vm/vm_ops.h"
#include "tests/unit/two_hosts.h"

#define MEMORY 700 /* what the guest's counter says */
#define NETWORK "99999999-0000-4000-8000-000000000009"

static int migrate_to(int host)
{
	const struct vm_migrate_args args = { .host = hosts[host] };

	next_command();
	return vm_migrate(S, VM_A, &args, &E);
}

/* VM_A runs on host 1, on an image that both hosts have. */
static void a_guest(void)
{
	hosts_start();
	make_image("a.qcow2", NULL, NULL);
	be_host(1);
	add_domain(VM_A, "a", "a.qcow2");
	share_domains();
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	hv_mock_set_ram(mock, VM_A, MEMORY);
	hv_mock_set_autostart(mock, VM_A, true);
	hv_mock_set_job_polls(mock, 3);
}

TestSuite(migrate, .init = a_guest, .fini = hosts_stop);

/* ---- what must hold ------------------------------------------------------------------------------ */

static bool host_runs(int host)
{
	return hv_mock_xml(mocks[host], VM_A, HV_XML_INACTIVE) &&
		hv_mock_state(mocks[host], VM_A) == HV_RUNNING;
}

static int count_all(const struct class *c)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, c, NULL, NULL, &all, &E));
	return (int)all.n;
}

static void no_findings(int host, const char *where)
{
	_cleanup_findings_ struct findings found = { 0 };

	be_host(host);
	next_command();
	OK(check_all(S, false, &found, &E));
	for (size_t i = 0; i < found.n; i++)
		cr_expect(false, "%s, host %d: %s: %s", where, host, found.items[i].object,
			found.items[i].text);
	cr_assert_eq(found.n, 0);
}

/* The guest is on one host, whose number this returns. */
static int where_it_is(const char *where)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);
	int host = host_runs(2) ? 2 : 1, other = 3 - host;

	cr_assert(host_runs(host), "%s: it runs nowhere", where);
	cr_assert_null(hv_mock_xml(mocks[other], VM_A, HV_XML_INACTIVE), "%s: both have it", where);
	cr_assert_null(hv_mock_xml(mocks[other], VM_A, HV_XML_LIVE), "%s: both have it", where);
	cr_assert_str_eq(vm->home, hosts[host], "%s", where);
	cr_assert_geq(hv_mock_ram(mocks[host], VM_A), MEMORY, "%s: its memory is lost", where);
	cr_assert(hv_mock_autostart(mocks[host], VM_A), "%s: it does not start at boot", where);
	cr_assert_eq(count_all(&intent_class), 0, "%s: an intent is left", where);
	cr_assert_eq(count_all(&task_class), 0, "%s: a task is left", where);
	no_findings(1, where);
	no_findings(2, where);
	be_host(1);
	return host;
}

/* ---- it goes, or is refused ------------------------------------------------------------------------ */

Test(migrate, a_running_machine_goes_with_its_memory)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	OK(migrate_to(2));
	cr_assert_eq(where_it_is("there"), 2);
	vm = find(&vm_class, VM_A);
	cr_assert_eq(vm->seen_state, POWER_RUNNING);
	FAILS(VXE_TRY_AGAIN, migrate_to(2));
	be_host(2);
	OK(vm_pause(S, VM_A, &E));
	next_command();
	OK(vm_unpause(S, VM_A, &E));
	OK(migrate_to(1));
	cr_assert_eq(where_it_is("back"), 1);
	OK(migrate_to(1)); /* where it is already */
}

static void without_pbds(void)
{
	_cleanup_records_ struct records pbds = all_of(&pbd_class);
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_WRITE, &t, &E));
	for (size_t i = 0; i < pbds.n; i++) {
		const struct pbd *pbd = pbds.items[i];

		if (str_eq(pbd->host, hosts[2]))
			OK(txn_del(t, pbd_class.name, pbd->r.uuid, &E));
	}
	OK(txn_commit(TAKE(t), &E));
}

static void without_sharing(void)
{
	_cleanup_records_ struct records srs = all_of(&sr_class);

	for (size_t i = 0; i < srs.n; i++) {
		((struct sr *)srs.items[i])->shared = false;
		save(&sr_class, srs.items[i]);
	}
}

static void in_a_network(void)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices = xasprintf("%s<interface type='network'>"
						 "<mac address='52:54:00:00:00:01'/>"
						 "<source network='inner'/></interface>",
		disk);

	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	hv_mock_add_network(mock, NETWORK, "inner", "virbr9");
	session_forget_networks(S->here);
	edit_devices(VM_A, "a", devices);
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
}

static void host_disabled(void)
{
	_cleanup_(host_free_cleanup) struct host *host = find(&host_class, hosts[2]);

	host->enabled = false;
	save(&host_class, host);
}

static void host_down(void)
{
	hv_mock_set_unreachable(mocks[2], "no route");
}

static void not_that_host(void)
{
	hv_mock_set_host(mocks[2], VM_B);
}

static void without_address(void)
{
	set_uri(2, NULL);
}

static void namesake_there(void)
{
	be_host(2);
	add_domain(VM_B, "a", "a.qcow2");
	be_host(1);
}

static void of_a_later_machine(void)
{
	edit_machine(VM_A, "a", "a.qcow2");
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
}

static void halted(void)
{
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
}

static void paused(void)
{
	hv_mock_set_state(mock, VM_A, HV_PAUSED);
}

static void snapshots_of_virsh(void)
{
	hv_mock_set_own_snapshots(mock, VM_A, 1);
}

static void refused_by_libvirt(void)
{
	hv_mock_fail(mock, "migrate_start", 0, HV_MOCK_BEFORE, "the CPU is incompatible");
}

Test(migrate, what_the_other_host_lacks_is_found_first)
{
	static const struct {
		void (*prepare)(void);
		enum vxe_code code;
	} cases[] = { { without_pbds, VM_REQUIRES_SR }, { without_sharing, VM_REQUIRES_SR },
		{ in_a_network, VM_REQUIRES_NETWORK }, { host_disabled, HOST_DISABLED },
		{ host_down, HOST_OFFLINE }, { not_that_host, VXE_HYPERVISOR_MISMATCH },
		{ without_address, HOST_OFFLINE }, { namesake_there, OPERATION_NOT_ALLOWED },
		{ halted, VM_BAD_POWER_STATE }, { paused, VM_BAD_POWER_STATE },
		{ snapshots_of_virsh, OPERATION_NOT_ALLOWED },
		{ of_a_later_machine, VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION },
		{ refused_by_libvirt, VM_MIGRATE_FAILED } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (i) {
			hosts_stop();
			a_guest();
		}
		cases[i].prepare();
		int r = migrate_to(2);
		cr_assert_eq(r, -1, "case %zu", i);
		cr_assert_eq(E.code, cases[i].code, "case %zu: %s", i, code_info(E.code)->name);
		error_clear(&E);
		cr_assert_not_null(hv_mock_xml(mocks[1], VM_A, HV_XML_INACTIVE), "case %zu", i);
		cr_assert_null(hv_mock_xml(mocks[2], VM_A, HV_XML_INACTIVE), "case %zu", i);
		cr_assert_eq(count_all(&intent_class), 0, "case %zu", i);
	}
}

static bool cancelled_now(void *ctx)
{
	(void)ctx;
	return hv_mock_calls(mocks[1], "poll") > 1;
}

Test(migrate, it_stays_when_the_user_cancels)
{
	S->ui.cancelled = cancelled_now;
	FAILS(TASK_CANCELLED, migrate_to(2));
	S->ui.cancelled = NULL;
	cr_assert_eq(where_it_is("cancelled"), 1);
}

/* ---- what fails on the way ------------------------------------------------------------------------- */

static void recover_here(void)
{
	be_host(1);
	next_command();
	OK(op_recover(S, NULL, NULL, &E));
}

static bool fails_at(unsigned n, bool at_switch)
{
	_cleanup_free_ char *spec = xasprintf("#%u=error", n);
	_cleanup_free_ char *where =
		xasprintf("%s%s", spec, at_switch ? " with a daemon's death" : "");

	hosts_stop();
	a_guest();
	if (at_switch)
		hv_mock_die_at_switch(mocks[1]);
	S->config.failpoints = (struct failpoints){ .spec = spec };
	next_command();
	const struct vm_migrate_args args = { .host = hosts[2] };
	int r = vm_migrate(S, VM_A, &args, &E);
	bool reached = S->config.failpoints.reached >= n;

	S->config.failpoints = (struct failpoints){ 0 };
	cr_assert(r == 0 || E.code == VXE_FAILPOINT || (at_switch && E.code == VM_MIGRATE_FAILED),
		"%s: %s", where, code_info(E.code)->name);
	error_clear(&E);
	recover_here();
	int host = where_it_is(where);

	cr_assert(reached || host == 2, "%s", where);
	return reached;
}

Test(migrate, a_failure_anywhere_leaves_it_on_one_host)
{
	for (int at_switch = 0; at_switch < 2; at_switch++) {
		unsigned n = 1;

		while (fails_at(n, at_switch))
			n++;
		cr_assert_gt(n, 10, "hardly any failpoint was reached");
	}
}

/* vxe has died, and a daemon at the switch: the other host knows whether the guest runs there. */
static void left_at_switch(void)
{
	S->config.failpoints = (struct failpoints){ .spec = "vm-migrate:autostart-there=error" };
	hv_mock_die_at_switch(mocks[1]);
	FAILS(VM_MIGRATE_FAILED, migrate_to(2));
	S->config.failpoints = (struct failpoints){ 0 };
	cr_assert_eq(hv_mock_state(mocks[1], VM_A), HV_PAUSED);
	cr_assert(host_runs(2));
}

Test(migrate, nothing_is_done_while_the_other_host_cannot_be_asked)
{
	left_at_switch();
	host_down();
	next_command();
	FAILS(HOST_OFFLINE, vm_unpause(S, VM_A, &E));
	next_command();
	FAILS(HOST_OFFLINE, op_recover(S, NULL, NULL, &E));
	cr_assert_eq(hv_mock_state(mocks[1], VM_A), HV_PAUSED);
	hv_mock_set_unreachable(mocks[2], NULL);
	next_command();
	FAILS(VXE_TRY_AGAIN, vm_unpause(S, VM_A, &E)); /* recovered: it is the other host's */
	cr_assert_eq(where_it_is("asked at last"), 2);
}

/* A person has said that the other host is dead. */
static void dies(void)
{
	_cleanup_(host_free_cleanup) struct host *host = find(&host_class, hosts[2]);

	host_down();
	host->dead = 1;
	save(&host_class, host);
}

/* What stands still here must not go on: it may have run there. */
Test(migrate, a_guest_is_off_if_the_other_host_has_died_at_the_switch)
{
	left_at_switch();
	dies();
	recover_here();
	cr_assert_not_null(hv_mock_xml(mocks[1], VM_A, HV_XML_INACTIVE));
	cr_assert_eq(hv_mock_state(mocks[1], VM_A), HV_SHUTOFF);
	cr_assert_eq(count_all(&intent_class), 0);
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	cr_assert_str_eq(vm->home, hosts[1]);
}

Test(migrate, a_guest_that_had_gone_to_a_host_that_has_died_has_no_host)
{
	S->config.failpoints = (struct failpoints){ .spec = "vm-migrate:autostart-there=error" };
	FAILS(VXE_FAILPOINT, migrate_to(2));
	S->config.failpoints = (struct failpoints){ 0 };
	dies();
	recover_here();
	cr_assert_eq(count_all(&intent_class), 0);
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	cr_assert_str_eq(vm->home, HOME_NONE);
	cr_assert_str_eq(vm->last_home, hosts[2]);
	cr_assert_eq(vm->seen_state, POWER_HALTED);
}

/* The guest has shut down there before the recovery: what stands still here must not go on, its disks have changed. */
Test(migrate, a_guest_that_has_ended_there_does_not_go_on_here)
{
	left_at_switch();
	hv_mock_set_state(mocks[2], VM_A, HV_SHUTOFF);
	recover_here();
	cr_assert_null(hv_mock_xml(mocks[1], VM_A, HV_XML_INACTIVE));
	cr_assert_not_null(hv_mock_xml(mocks[2], VM_A, HV_XML_INACTIVE));
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	cr_assert_str_eq(vm->home, hosts[2]);
}

/* Another program has sent it, and a daemon was killed: vxe does not know where it runs. */
Test(migrate, what_another_program_has_sent_does_not_go_on_here)
{
	const struct hv_migration how = { .to = URI_2 };
	_cleanup_job_ struct hv_job *job = NULL;
	int r;

	hv_mock_die_at_switch(mocks[1]);
	OK(session_hv(S->here, &(struct hv *){ NULL }, &E));
	OK(hv_migrate_start(S->here->hv, VM_A, &how, &job, &E));
	while ((r = hv_poll(job, NULL, &E)) > 0)
		;
	cr_assert_eq(r, -1);
	error_clear(&E);
	cr_assert_eq(hv_mock_state(mocks[1], VM_A), HV_PAUSED);
	FAILS(OPERATION_NOT_ALLOWED, vm_unpause(S, VM_A, &E));
	FAILS(OPERATION_NOT_ALLOWED, vm_pause(S, VM_A, &E));
	cr_assert_eq(hv_mock_state(mocks[1], VM_A), HV_PAUSED);
	OK(vm_shutdown(S, VM_A, true, &E));
	cr_assert(!host_runs(1) && host_runs(2));
}

static void nothing_arrived(struct hv_mock *m, void *ctx)
{
	(void)m;
	hv_mock_remove(ctx, VM_A);
}

/* It stands still here, and the other host has nothing: it goes on here. */
Test(migrate, a_guest_that_has_not_arrived_goes_on_here)
{
	hv_mock_die_at_switch(mocks[1]);
	hv_mock_before(mocks[1], "settle", nothing_arrived, mocks[2]);
	FAILS(VM_MIGRATE_FAILED, migrate_to(2));
	cr_assert_eq(where_it_is("not arrived"), 1);
}

/* The other host fails on the way: the guest runs on here, and nobody has to wait for that host. */
static void fails_on_the_way(struct hv_mock *m, void *ctx)
{
	(void)m, (void)ctx;
	host_down();
}

Test(migrate, a_host_that_vanishes_on_the_way_does_not_hold_the_machine)
{
	hv_mock_before(mocks[1], "migrate_start", fails_on_the_way, NULL);
	FAILS(VM_MIGRATE_FAILED, migrate_to(2));
	cr_assert_eq(count_all(&intent_class), 0);
	hv_mock_set_unreachable(mocks[2], NULL);
	cr_assert_eq(where_it_is("vanished"), 1);
}

/* A daemon dies at the switch, and the other host cannot be asked: the guest may run there. */
Test(migrate, what_is_not_known_is_not_said_to_be_undone)
{
	hv_mock_die_at_switch(mocks[1]);
	hv_mock_before(mocks[1], "settle", fails_on_the_way, NULL);
	FAILS(VM_MIGRATE_FAILED, migrate_to(2));
	cr_assert_gt(notices.n, 0);
	cr_expect(strstr(notices.items[notices.n - 1],
			  "whether vm-migrate has been done is not known"),
		"%s", notices.items[notices.n - 1]);
	hv_mock_set_unreachable(mocks[2], NULL);
	recover_here();
	cr_assert_eq(where_it_is("known at last"), 2);
}
