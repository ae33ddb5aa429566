/* SPDX-License-Identifier: MIT */
/* Power states: pausing, rebooting, a guest that ignores its button, resets. */
#include "tests/unit/host_fixture.h"

#include "objects/base/clock.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host.h"
#include "objects/classes/network/network.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/host/host_ops.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"

static void start(void)
{
	host_start_mem();
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	next_command();
}

TestSuite(power, .init = start, .fini = host_stop);

static void be(enum hv_state state)
{
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	hv_mock_set_state(mock, VM_A, state);
	hv_mock_set_ram(mock, VM_A, 7);
	next_command();
}

/* The call was refused with VM_BAD_POWER_STATE and these states. */
static void assert_refused(int rc, const char *expected, const char *actual)
{
	cr_assert_eq(rc, -1);
	cr_assert_eq(E.code, VM_BAD_POWER_STATE);
	cr_expect_str_eq(E.params[1], expected);
	cr_expect_str_eq(E.params[2], actual);
	error_clear(&E);
}

Test(power, a_paused_guest_keeps_its_memory)
{
	be(HV_RUNNING);
	OK(vm_pause(S, VM_A, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_PAUSED);
	assert_refused(vm_pause(S, VM_A, &E), "running", "paused");
	assert_refused(vm_reboot(S, VM_A, false, &E), "running", "paused");
	OK(vm_unpause(S, VM_A, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
	cr_expect_eq(hv_mock_ram(mock, VM_A), 7);
	assert_refused(vm_unpause(S, VM_A, &E), "paused", "running");
	be(HV_SHUTOFF);
	assert_refused(vm_pause(S, VM_A, &E), "running", "halted");
	assert_refused(vm_unpause(S, VM_A, &E), "paused", "halted");
	assert_refused(vm_reboot(S, VM_A, false, &E), "running", "halted");
	assert_refused(vm_reboot(S, VM_A, true, &E), "paused, running", "halted");
}

/* The new start uses the definition of that moment. */
static void assert_rebooted(void)
{
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
	cr_expect_eq(hv_mock_ram(mock, VM_A), 0);
	cr_expect_not_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_LIVE), "<title>renamed"));
	cr_expect_eq(count_of(&intent_class), 0);
}

static void rename_vm(const char *name)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *inside =
		xasprintf("%s</devices><title>%s</title><devices>", disk, name);
	_cleanup_free_ char *xml = domain_xml(VM_A, "web", inside);

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
}

Test(power, a_reboot_takes_the_new_definition)
{
	be(HV_RUNNING);
	rename_vm("renamed");
	OK(vm_reboot(S, VM_A, false, &E));
	assert_rebooted();
	be(HV_PAUSED);
	rename_vm("renamed again");
	OK(vm_reboot(S, VM_A, true, &E));
	assert_rebooted();
}

Test(power, a_guest_that_ignores_the_button)
{
	be(HV_RUNNING);
	hv_mock_ignore_button(mock, true);
	S->config.shutdown_timeout_ms = 200;
	int64_t before = clock_ms();

	cr_assert_eq(vm_shutdown(S, VM_A, false, &E), -1);
	cr_expect_eq(E.code, VM_SHUTDOWN_TIMEOUT);
	cr_expect_str_eq(E.params[0], VM_A);
	cr_expect_geq(clock_ms() - before, 200);
	error_clear(&E);
	FAILS(VM_SHUTDOWN_TIMEOUT, vm_reboot(S, VM_A, false, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
	cr_expect_eq(hv_mock_ram(mock, VM_A), 7, "it was left alone");
	cr_expect_eq(count_of(&intent_class), 0);
	OK(vm_reboot(S, VM_A, true, &E));
	cr_expect_eq(hv_mock_ram(mock, VM_A), 0);
}

/* Off, but its disk is gone: Halted, and the error gives the reason. */
static void lose_disk(struct hv_mock *m, void *ctx)
{
	_cleanup_free_ char *path = at("a.qcow2");

	(void)m, (void)ctx;
	cr_assert_eq(unlink(path), 0);
}

Test(power, a_reboot_that_cannot_start_leaves_the_vm_halted)
{
	be(HV_RUNNING);
	hv_mock_before(mock, "start", lose_disk, NULL);
	FAILS(VXE_HYPERVISOR_FAILED, vm_reboot(S, VM_A, true, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
	cr_expect_eq(count_of(&intent_class), 0, "nothing is in the way of the next command");
}

Test(power, a_reboot_whose_disk_is_missing_does_not_begin)
{
	be(HV_RUNNING);
	lose_disk(mock, NULL);
	FAILS(VDI_NOT_AVAILABLE, vm_reboot(S, VM_A, true, &E));
	cr_expect_eq(hv_mock_ram(mock, VM_A), 7);
}

Test(power, a_disabled_host_resumes_nothing)
{
	be(HV_RUNNING);
	OK(vm_suspend(S, VM_A, false, &E));
	next_command();
	OK(host_set_enabled(S, S->here->uuid, false, &E));
	FAILS(NO_HOSTS_AVAILABLE, vm_resume(S, VM_A, 0, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
	OK(host_set_enabled(S, S->here->uuid, true, &E));
	OK(vm_resume(S, VM_A, 0, &E));
	cr_expect_eq(hv_mock_ram(mock, VM_A), 7);
}

/* ---- resets ---------------------------------------------------------------------------------- */

static void make_suspended(const char *uuid)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);

	vm->power_state = POWER_SUSPENDED;
	save(&vm_class, vm);
	next_command();
}

static int power_state_of(const char *uuid)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);

	return vm->power_state;
}

Test(power, reset_of_a_vm)
{
	_cleanup_records_ struct records vms = all_of(&vm_class);
	const char *host = NULL;

	for (size_t i = 0; i < vms.n; i++)
		if (((const struct vm *)vms.items[i])->is_control_domain)
			host = ((const struct record *)vms.items[i])->uuid;
	cr_assert_not_null(host);
	FAILS(CANNOT_RESET_CONTROL_DOMAIN, vm_reset_powerstate(S, host, &E));
	FAILS(UUID_INVALID, vm_reset_powerstate(S, VM_B, &E));
	be(HV_PAUSED);
	FAILS(DOMAIN_EXISTS, vm_reset_powerstate(S, VM_A, &E));
	be(HV_SHUTOFF);
	OK(vm_reset_powerstate(S, VM_A, &E));
	cr_expect_eq(power_state_of(VM_A), POWER_HALTED);
}

Test(power, reset_of_a_snapshot)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *snapshot = NULL;

	OK(vm_snapshot(S, VM_A, &args, &snapshot, &E));
	make_suspended(snapshot);
	OK(snapshot_reset_powerstate(S, snapshot, &E));
	cr_expect_eq(power_state_of(snapshot), POWER_HALTED);
	OK(snapshot_reset_powerstate(S, snapshot, &E));
	FAILS(CLI_FAILURE, snapshot_reset_powerstate(S, VM_A, &E));
}

/* ---- networks -------------------------------------------------------------------------------- */

#define NET "dddddddd-0000-4000-8000-00000000000d"

/* A card on libvirt's network "default", which is not active. */
static void plug_into(bool made)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices =
		xasprintf("%s<interface type='network'><mac address='52:54:00:00:00:01'/>"
			  "<source network='default'/></interface>",
			disk);
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);

	net->r.uuid = xstrdup(NET);
	str_replace(&net->name_label, "default");
	net->made = made;
	save(&network_class, net);
	hv_mock_add_network(mock, NET, "default", "virbr9");
	hv_mock_set_network_active(mock, NET, false);
	edit_devices(VM_A, "web", devices);
	next_command();
	hv_networks_clear(S->here->networks); /* as the next call reads them */
	free(TAKE(S->here->networks));
}

Test(power, a_network_of_others_is_named)
{
	plug_into(false);
	cr_assert_eq(vm_start(S, VM_A, 0, &E), -1);
	cr_assert_eq(E.code, VXE_NETWORK_INACTIVE, "%s", code_info(E.code)->name);
	cr_expect_str_eq(E.params[0], VM_A);
	cr_expect_str_eq(E.params[1], NET);
	cr_expect_str_eq(E.params[2], "default");
	error_clear(&E);
	cr_expect_eq(hv_mock_calls(mock, "start"), 0);
	hv_mock_set_state(mock, VM_A, HV_RUNNING); /* nor does a reboot stop the VM then */
	next_command();
	FAILS(VXE_NETWORK_INACTIVE, vm_reboot(S, VM_A, true, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
}

Test(power, a_network_that_is_gone_is_named)
{
	plug_into(true);
	OK(hv_network_undefine(S->here->hv, NET, &E));
	FAILS(VXE_NETWORK_MISSING, vm_start(S, VM_A, 0, &E));
	cr_expect_eq(hv_mock_calls(mock, "start"), 0);
}

Test(power, a_network_of_ours_is_started)
{
	plug_into(true);
	OK(vm_start(S, VM_A, 0, &E));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
}

Test(power, a_resume_starts_its_network)
{
	plug_into(true);
	OK(vm_start(S, VM_A, 0, &E));
	next_command();
	OK(vm_suspend(S, VM_A, false, &E));
	hv_mock_set_network_active(mock, NET, false);
	next_command();
	hv_networks_clear(S->here->networks);
	free(TAKE(S->here->networks));
	OK(vm_resume(S, VM_A, 0, &E));
	cr_expect_eq(hv_mock_calls(mock, "network_define"), 2);
}
