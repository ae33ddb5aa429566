/* SPDX-License-Identifier: MIT */
/* VMs of a pool: each has a home, the host whose libvirt has its domain, and another host leaves it alone. */
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/seen_states.h"
#include "objects/host/host_ops.h"
#include "objects/host/plugin.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/vm_home.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "tests/unit/two_hosts.h"

TestSuite(homes, .init = hosts_start, .fini = hosts_stop);

static void adopt_on(int host)
{
	be_host(host);
	next_command();
	OK(adopt_domains(S, &E));
}

static bool home_is(const char *vm, int host)
{
	_cleanup_(vm_free_cleanup) struct vm *record = find(&vm_class, vm);

	return record && str_eq(record->home, hosts[host]);
}

/* VM_A is on host 1, VM_B on host 2. */
static void a_machine_each(void)
{
	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	be_host(2);
	add_domain(VM_B, "b", "b.qcow2");
	adopt_on(1);
	adopt_on(2);
}

Test(homes, a_host_makes_records_of_its_own_domains_and_keeps_those_of_others)
{
	a_machine_each();
	for (int i = 1; i <= 2; i++) {
		adopt_on(i);
		OK(adopt_domain(S, VM_A, NULL, &E));
		OK(adopt_domain(S, NULL, "b", &E));
		cr_assert(home_is(VM_A, 1));
		cr_assert(home_is(VM_B, 2));
	}
	/* a domain that vanishes is missed by its own host only */
	be_host(1);
	hv_mock_remove(mock, VM_A);
	adopt_on(2);
	cr_assert(home_is(VM_A, 1));
	adopt_on(1);
	cr_assert(!home_is(VM_A, 1));
	cr_assert(home_is(VM_B, 2));
}

/* A host that was cut off may still have the definition of a VM that runs elsewhere now. */
Test(homes, what_another_host_has_left_of_a_vm_is_not_the_vm)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	enum power_state state;

	a_machine_each();
	be_host(2);
	add_domain(VM_A, "a", "a.qcow2");
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	adopt_on(2);
	OK(adopt_domain(S, VM_A, NULL, &E));
	vm = find(&vm_class, VM_A);
	OK(vm_power_state(S, vm, &state, &E));
	cr_assert_eq(state, POWER_HALTED);
	cr_assert(home_is(VM_A, 1));
	hv_mock_remove(mock, VM_A);
	adopt_on(2);
	cr_assert(home_is(VM_A, 1));
}

/* Whatever it does not know a command would read, and ask the records about once more, each time. */
Test(homes, a_leftover_is_known_and_a_new_domain_is_not)
{
	static const char new_one[] = "77777777-0000-4000-8000-000000000007";
	const struct hv_domains *domains;

	a_machine_each();
	be_host(2);
	add_domain(VM_A, "a", "a.qcow2");
	make_image("c.qcow2", NULL, NULL);
	add_domain(new_one, "c", "c.qcow2");
	next_command();
	OK(session_domains(S->here, &domains, &E));
	cr_assert_eq(domains->n, 3);
	_cleanup_free_ struct compared *of = xcalloc(domains->n, sizeof(*of));
	struct comparison c = { .s = S, .domains = domains, .of = of };

	OK(compare_domains(S, &c, &E));
	for (size_t i = 0; i < domains->n; i++) {
		const char *uuid = domains->items[i].uuid;

		cr_expect_eq(of[i].known, !str_eq(uuid, new_one), "%s", uuid);
		cr_expect_eq(of[i].elsewhere, str_eq(uuid, VM_A), "%s", uuid);
	}
	cr_expect_eq(c.gone.n, 0);
	strv_clear(&c.gone);
}

Test(homes, a_host_does_not_act_on_another_hosts_vm)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *uuid = NULL;

	a_machine_each();
	be_host(1);
	next_command();
	FAILS(VXE_TRY_AGAIN, vm_snapshot(S, VM_B, &args, &uuid, &E));
	OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
	_cleanup_(vm_free_cleanup) struct vm *snapshot = find(&vm_class, uuid);
	cr_assert(str_is_empty(snapshot->home));
	cr_assert(home_is(VM_A, 1));
}

static void set_home(const char *vm, const char *host)
{
	_cleanup_(vm_free_cleanup) struct vm *record = find(&vm_class, vm);

	str_replace(&record->home, host);
	save(&vm_class, record);
}

static void goes_to_another_host(struct hv_mock *m, void *ctx)
{
	(void)m, (void)ctx;
	set_home(VM_A, hosts[2]);
}

/* A command that began before that misses the domain here. */
Test(homes, a_vm_that_goes_while_its_domain_is_looked_for_keeps_its_record)
{
	a_machine_each();
	be_host(1);
	next_command();
	hv_mock_remove(mock, VM_A);
	hv_mock_before(mock, "find", goes_to_another_host, NULL);
	OK(adopt_domain(S, VM_A, NULL, &E));
	cr_assert(home_is(VM_A, 2));
}

/* The VM may have gone to another host since the snapshot was taken. */
Test(homes, a_revert_leaves_the_vm_where_it_is)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *uuid = NULL;

	a_machine_each();
	be_host(1);
	next_command();
	set_home(VM_A, NULL);
	OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
	set_home(VM_A, hosts[1]);
	next_command();
	OK(snapshot_revert(S, uuid, &E));
	cr_assert(home_is(VM_A, 1));
}

Test(homes, a_host_that_is_not_in_the_pool_is_refused)
{
	struct session_config c = config_of(1);
	struct session *s = NULL;

	c.host = NULL;
	FAILS(VXE_NOT_IN_POOL, session_open(&s, &c, &E));
	c.host = VM_A;
	FAILS(VXE_NOT_IN_POOL, session_open(&s, &c, &E));
}

/* ---- what other hosts know of a VM's state ---------------------------------------------------- */

static void note_on(int host)
{
	_cleanup_seen_vms_ struct seen_vms seen = { 0 };

	be_host(host);
	next_command();
	OK(seen_states_note(S, store_generation(), &seen, &E));
}

static enum power_state state_on(int host, const char *vm)
{
	enum power_state state;

	be_host(host);
	next_command();
	_cleanup_(vm_free_cleanup) struct vm *record = find(&vm_class, vm);

	OK(vm_power_state(S, record, &state, &E));
	return state;
}

Test(homes, the_others_know_which_of_a_hosts_machines_run)
{
	static const struct {
		enum hv_state in_libvirt;
		enum power_state state;
	} seen[] = { { HV_RUNNING, POWER_RUNNING }, { HV_PAUSED, POWER_PAUSED },
		{ HV_SHUTOFF, POWER_HALTED } };

	a_machine_each();
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		be_host(2);
		hv_mock_set_state(mock, VM_B, seen[i].in_libvirt);
		cr_assert_eq(state_on(2, VM_B), seen[i].state);
		note_on(1); /* which tells nothing of another host's machine */
		note_on(2);
		cr_assert_eq(state_on(1, VM_B), seen[i].state);
		cr_assert_eq(state_on(1, VM_A), POWER_HALTED);
	}
}

Test(homes, what_is_noted_already_is_not_written_again)
{
	a_machine_each();
	be_host(1);
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	note_on(1);
	int64_t before = store_generation();

	note_on(1);
	cr_assert_eq(store_generation(), before);
}

/* ---- what is asked of another host -------------------------------------------------------------- */

Test(homes, what_is_asked_of_another_host_is_not_done_here)
{
	_cleanup_map_ struct map args = { 0 };
	char *out = NULL;

	be_host(1);
	S->config.shutdown = "/bin/false";
	OK(host_set_enabled(S, hosts[2], false, &E));
	FAILS(HOST_OFFLINE, host_end(S, hosts[2], HOST_REBOOT, &E));
	FAILS(HOST_OFFLINE, plugin_call(S, hosts[2], "trim", "do_trim", &args, &out, &E));
	OK(host_set_enabled(S, hosts[2], true, &E));
}

/* ---- from one home to another -------------------------------------------------------------------- */

static char *definition_of(const char *vm)
{
	return xstrdup_null(hv_mock_xml(mock, vm, HV_XML_INACTIVE));
}

static bool autostarts(const char *vm)
{
	struct hv *hv;
	bool on;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_autostart(hv, vm, &on, &E));
	return on;
}

static void leaves(int host, const char *vm)
{
	be_host(host);
	next_command();
	OK(vm_leave(S, vm, hosts[3 - host], "start_on", &E));
}

Test(homes, a_halted_machine_goes_from_one_host_to_another)
{
	a_machine_each();
	be_host(1);
	_cleanup_free_ char *before = definition_of(VM_A);

	next_command();
	FAILS(VM_REQUIRES_SR, vm_leave(S, VM_A, hosts[2], "start_on", &E));
	share_srs();
	leaves(1, VM_A);
	cr_assert_null(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	cr_assert(!home_is(VM_A, 1));
	/* nobody takes it for a new machine, or for one that has gone */
	adopt_on(1);
	adopt_on(2);
	be_host(2);
	next_command();
	OK(vm_take(S, VM_A, &E));
	cr_assert(home_is(VM_A, 2));
	_cleanup_free_ char *after = definition_of(VM_A);

	cr_assert_str_eq(after, before);
	adopt_on(1);
	adopt_on(2);
	cr_assert(home_is(VM_A, 2));
	OK(vm_start(S, VM_A, 0, &E));
	next_command();
	OK(vm_take(S, VM_B, &E)); /* it has a home */
	cr_assert(home_is(VM_B, 2));
}

Test(homes, a_suspended_machine_goes_to_where_its_memory_is)
{
	struct hv *hv;

	a_machine_each();
	share_srs();
	be_host(1);
	OK(session_hv(S->here, &hv, &E));
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	OK(hv_set_autostart(hv, VM_A, true, &E));
	OK(vm_suspend(S, VM_A, false, &E));
	next_command();
	FAILS(VM_BAD_POWER_STATE, vm_leave(S, VM_A, hosts[2], "start_on", &E));
	OK(vm_leave(S, VM_A, hosts[2], "resume_on", &E));
	_cleanup_(vm_free_cleanup) struct vm *left = find(&vm_class, VM_A);

	cr_assert_eq(left->seen_state, POWER_SUSPENDED);
	cr_assert_null(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	be_host(2);
	next_command();
	FAILS(VM_BAD_POWER_STATE, vm_leave(S, VM_B, hosts[1], "resume_on", &E));
	OK(vm_take(S, VM_A, &E));
	cr_expect(!autostarts(VM_A)); /* it would boot, beside its memory */
	OK(vm_resume(S, VM_A, 0, &E));
	cr_expect(autostarts(VM_A));
	cr_assert(home_is(VM_A, 2));
	cr_assert_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
}

Test(homes, a_running_machine_does_not_leave)
{
	a_machine_each();
	be_host(1);
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	FAILS(VM_BAD_POWER_STATE, vm_leave(S, VM_A, hosts[2], "start_on", &E));
	be_host(2);
	next_command();
	FAILS(VXE_TRY_AGAIN, vm_leave(S, VM_A, hosts[2], "start_on", &E));
	cr_assert(home_is(VM_A, 1));
}

Test(homes, a_machine_stays_whose_network_the_other_host_lacks)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices = xasprintf("%s<interface type='network'>"
						 "<mac address='52:54:00:00:00:01'/>"
						 "<source network='inner'/></interface>",
		disk);

	a_machine_each();
	share_srs();
	be_host(1);
	hv_mock_add_network(mock, "99999999-0000-4000-8000-000000000009", "inner", "virbr9");
	session_forget_networks(S->here);
	edit_devices(VM_A, "a", devices);
	next_command();
	FAILS(VM_REQUIRES_NETWORK, vm_leave(S, VM_A, hosts[2], "start_on", &E));
	cr_assert(home_is(VM_A, 1));
}

Test(homes, a_machine_of_a_later_qemu_stays_without_a_home)
{
	a_machine_each();
	share_srs();
	be_host(1);
	edit_machine(VM_A, "a", "a.qcow2");
	next_command();
	OK(vm_leave(S, VM_A, hosts[2], "start_on", &E));
	be_host(2);
	next_command();
	FAILS(VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION, vm_take(S, VM_A, &E));
	cr_assert_null(hv_mock_xml(mocks[2], VM_A, HV_XML_INACTIVE));
}

Test(homes, uefi_variables_and_tpm_state_come_along)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *xml = uefi_xml(VM_A, "a", disk);
	_cleanup_free_ char *nvram = xasprintf(NVRAM_FILE, "a"), *tpm = xasprintf(TPM_FILE, VM_A);
	_cleanup_free_ char *nvram_file = at(nvram), *tpm_file = at(tpm);

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	adopt_on(1);
	share_srs();
	write_text(nvram, "v1");
	write_text(tpm, "t1");
	leaves(1, VM_A);
	write_text(nvram, "of an earlier time there");
	write_text(tpm, "of an earlier time there");
	be_host(2);
	next_command();
	OK(vm_take(S, VM_A, &E));
	expect_file(nvram_file, "v1");
	expect_file(tpm_file, "t1");
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	cr_assert_null(vm->nvram_node);
	cr_assert_null(vm->tpm_node);
}

/* The next host does not know the store that this one had before it joined the pool. */
Test(homes, a_machine_leaves_with_the_mark_of_the_pool)
{
	static const char former[] = "ffffffff-0000-4000-8000-00000000000f";
	struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *snapshot = NULL;

	a_machine_each();
	be_host(1);
	next_command();
	OK(vm_snapshot(S, VM_A, &args, &snapshot, &E)); /* which marks the definition */
	_cleanup_free_ char *xml = definition_of(VM_A);
	char *mark = strstr(xml, S->store_uuid);

	cr_assert_not_null(mark);
	memcpy(mark, former, sizeof(former) - 1);
	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	share_srs();
	next_command();
	strv_add(&S->here->former_stores, former);
	S->here->knows_former = true;
	OK(vm_leave(S, VM_A, hosts[2], "start_on", &E));
	be_host(2);
	next_command();
	OK(vm_take(S, VM_A, &E));
	_cleanup_free_ char *after = definition_of(VM_A);

	cr_assert_null(strstr(after, former));
	OK(vm_start(S, VM_A, 0, &E));
}
