/* SPDX-License-Identifier: MIT */
/* A VM whose host was declared dead comes to another host, or is refused; and its host comes back. */
#include "objects/vm/vm_from_dead.h"

#include "objects/base/clock.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vbd.h"
#include "objects/domain/seen_states.h"
#include "objects/engine/op_recover.h"
#include "objects/pool/seen_definitions.h"
#include "objects/pool/stale_domains.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/vm_home.h"
#include "tests/unit/two_hosts.h"

TestSuite(from_dead, .init = hosts_start, .fini = hosts_stop);

static void at_host(int n)
{
	be_host(n);
	next_command();
}

/* The hosts share the storage of VM_A, which is on host 1. */
static void a_shared_machine(void)
{
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	at_host(1);
	OK(adopt_domains(S, &E));
	share_srs();
}

/* What host-heartbeat does about VMs. */
static void beat(int n)
{
	_cleanup_seen_vms_ struct seen_vms seen = { 0 };
	bool all;

	at_host(n);
	OK(seen_states_note(S, store_generation(), &seen, &E));
	OK(seen_definitions_note(S, &seen.here, &all, &E));
	stale_domains_end(S, &seen.stale);
}

static struct vm *machine(void)
{
	return find(&vm_class, VM_A);
}

/* The other host reaches the libvirt of host @n. */
static void be_reached(int n, const char *uri)
{
	_cleanup_(host_free_cleanup) struct host *host = find(&host_class, hosts[n]);

	map_set(&host->other_config, "libvirt-uri", uri);
	save(&host_class, host);
}

/* Host 1 was declared dead. */
static void die(void)
{
	_cleanup_(host_free_cleanup) struct host *host = find(&host_class, hosts[1]);
	_cleanup_(vm_free_cleanup) struct vm *vm = machine();

	host->dead = 1;
	save(&host_class, host);
	str_replace(&vm->home, HOME_NONE);
	str_replace(&vm->last_home, hosts[1]);
	save(&vm_class, vm);
}

static bool is_home(int n)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = machine();

	return str_eq(vm->home, n ? hosts[n] : HOME_NONE) &&
		str_is_empty(vm->last_home) == (n != 0);
}

/* True if the hypervisor has the domain, on the file @path (NULL: any). */
static bool is_defined(const char *path)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_find(hv, VM_A, &d, &E));
	if (!d.uuid || !d.persistent)
		return false;
	OK(hv_xml(hv, VM_A, HV_XML_INACTIVE, &xml, &E));
	OK(spec_read(xml, &spec, &E));
	return !path || str_eq(spec->disks[0].path, path);
}

/* The path of the layer to which VM_A writes, as it is on record. */
static char *leaf(void)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	char *path;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vbd_class, "vm", VM_A, &vbds, &E));
	OK(vdi_get(t, ((struct vbd *)vbds.items[0])->vdi, &vdi, &E));
	OK(node_get(t, vdi->node, &node, &E));
	OK(node_path(t, node, &path, &E));
	return path;
}

static int snapshot(void)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *uuid = NULL;

	return vm_snapshot(S, VM_A, &args, &uuid, &E);
}

Test(from_dead, it_comes_with_the_disk_on_record)
{
	_cleanup_(seen_definition_free_cleanup) struct seen_definition *told = NULL;
	_cleanup_free_ char *before = NULL, *now = NULL;

	a_shared_machine();
	beat(1);
	before = leaf();
	told = find(&seen_definition_class, VM_A);
	at_host(1);
	OK(snapshot());
	save(&seen_definition_class, told); /* as if the new definition had not been told */
	now = leaf();
	cr_assert(!str_eq(before, now));
	die();
	at_host(2);
	OK(vm_take(S, VM_A, &E));
	cr_expect(is_home(2));
	cr_expect(is_defined(now));
	OK(vm_take(S, VM_A, &E)); /* which changes nothing */
}

Test(from_dead, what_was_half_done_is_undone_where_it_comes_to)
{
	_cleanup_free_ char *before = NULL;

	a_shared_machine();
	beat(1);
	before = leaf();
	at_host(1);
	S->config.failpoints.spec = "vm-snapshot:result=error";
	FAILS(VXE_FAILPOINT, snapshot());
	cr_assert_eq(count_of(&intent_class), 1);
	S->config.failpoints.spec = NULL;
	die();
	at_host(2);
	S->config.failpoints.spec = "vm-take-from-dead:records:after=error";
	FAILS(VXE_FAILPOINT, vm_take(S, VM_A, &E));
	S->config.failpoints.spec = NULL;
	struct records left = all_of(&intent_class);

	cr_assert_str_eq(((struct intent *)left.items[0])->host, hosts[2]);
	records_clear(&left);
	next_command();
	OK(op_recover(S, NULL, NULL, &E));
	cr_expect(is_defined(before));
	cr_expect_eq(count_of(&intent_class), 0);
	OK(snapshot());
}

Test(from_dead, an_image_that_nobody_knows_may_have_its_data)
{
	a_shared_machine();
	beat(1);
	die();
	make_image("other.qcow2", "a.qcow2", "qcow2");
	at_host(2);
	FAILS(VXE_DISK_CHANGED, vm_take(S, VM_A, &E));
	cr_expect(is_home(0));
	cr_expect(!is_defined(NULL));
	_cleanup_free_ char *other = at("other.qcow2");

	unlink(other);
	next_command();
	OK(vm_take(S, VM_A, &E));
	cr_expect(is_home(2));
}

Test(from_dead, a_definition_that_was_never_told_is_made_of_the_records)
{
	const struct wishes force = { .force = true };

	a_shared_machine();
	die();
	at_host(2);
	FAILS(VXE_DEFINITION_OLD, vm_take(S, VM_A, &E));
	session_wish(S, &force);
	OK(vm_take(S, VM_A, &E));
	session_wish(S, NULL);
	_cleanup_free_ char *path = leaf();
	cr_expect(is_defined(path));
}

Test(from_dead, uefi_variables_that_only_the_dead_host_has_are_missed)
{
	const struct wishes without = { .ignore_firmware = true };
	_cleanup_free_ char *file = at("a.qcow2");
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", file);
	_cleanup_free_ char *xml = uefi_xml(VM_A, "a", disk);

	a_shared_machine();
	OK(hv_define(S->here->hv, xml, &E));
	beat(1);
	die();
	at_host(2);
	S->config.nvram_dir = "/nowhere"; /* in no shared SR */
	FAILS(VXE_FIRMWARE_MISSING, vm_take(S, VM_A, &E));
	session_wish(S, &without);
	OK(vm_take(S, VM_A, &E));
	session_wish(S, NULL);
	cr_expect(is_home(2));
}

Test(from_dead, a_disk_that_was_switched_unnoticed_stays_on_that_file)
{
	_cleanup_free_ char *other = at("other.qcow2");

	a_shared_machine();
	make_image("other.qcow2", NULL, NULL);
	edit_disk(VM_A, "a", "other.qcow2"); /* by another program: no layer of the disk */
	beat(1);
	die();
	at_host(2);
	OK(vm_take(S, VM_A, &E));
	cr_expect(is_defined(other));
	FAILS(VXE_DISK_CHANGED, snapshot());
}

Test(from_dead, memory_that_libvirt_saved_there_is_not_given_up)
{
	const struct wishes force = { .force = true };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	a_shared_machine();
	beat(1);
	die();
	vm = machine();
	vm->seen_state = POWER_SUSPENDED;
	save(&vm_class, vm);
	at_host(2);
	FAILS(VXE_MANAGED_SAVE, vm_take(S, VM_A, &E));
	session_wish(S, &force);
	OK(vm_take(S, VM_A, &E));
	session_wish(S, NULL);
}

Test(from_dead, the_host_that_is_back_has_its_machine_as_it_is)
{
	a_shared_machine();
	die(); /* it has told nothing */
	beat(1);
	cr_expect(is_home(1));
	cr_expect(is_defined(NULL));
}

Test(from_dead, the_host_that_is_back_ends_what_another_has)
{
	a_shared_machine();
	beat(1);
	die();
	at_host(2);
	OK(vm_take(S, VM_A, &E));
	be_host(1);
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	beat(1);
	cr_expect(is_defined(NULL)); /* somebody has started it */
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	beat(1);
	cr_expect(is_defined(NULL)); /* its home cannot be asked */
	be_reached(2, URI_2);
	beat(1);
	cr_expect(!is_defined(NULL));
	_cleanup_strv_ struct strv kept = { 0 };
	stale_domains_kept(S, &kept);
	cr_assert_eq(kept.n, 1);
	_cleanup_free_ char *xml = read_text(kept.items[0]);
	cr_expect(strstr(xml, VM_A));
	cr_expect(is_home(2));
	at_host(2);
	cr_expect(is_defined(NULL));
}

Test(from_dead, definitions_go_with_their_machines)
{
	a_shared_machine();
	beat(1);
	cr_expect_eq(count_of(&seen_definition_class), 1);
	hv_mock_remove(mock, VM_A);
	at_host(1);
	OK(adopt_domains(S, &E));
	beat(1);
	cr_expect_eq(count_of(&seen_definition_class), 1); /* another host may have it */
	clock_pretend(INT64_C(91) * 24 * 3600);
	beat(1);
	cr_expect_eq(count_of(&seen_definition_class), 0);
	clock_pretend(0);
}

/* Another program moves the domain from host 1 to host 2. */
static void move_by_hand(void)
{
	a_shared_machine();
	be_reached(1, URI);
	beat(1);
	_cleanup_(vm_free_cleanup) struct vm *vm = machine();

	strv_add(&vm->tags, "front");
	map_set(&vm->other_config, "mine", "yes");
	save(&vm_class, vm);
	hv_mock_remove(mock, VM_A);
	be_host(2);
	add_domain(VM_A, "a", "a.qcow2");
}

static void expect_whole(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = machine();

	cr_expect_str_eq(vm->home, hosts[2]);
	cr_expect(strv_has(&vm->tags, "front"));
	cr_expect_str_eq(map_get(&vm->other_config, "mine"), "yes");
	cr_expect(is_defined(NULL));
}

Test(from_dead, what_another_program_has_moved_is_not_ended)
{
	move_by_hand();
	beat(2);
	expect_whole();
}

Test(from_dead, what_another_program_has_moved_keeps_its_record)
{
	move_by_hand();
	at_host(1);
	OK(adopt_domains(S, &E));
	cr_expect_eq(count_of(&seen_definition_class), 1);
	at_host(2);
	OK(adopt_domains(S, &E));
	expect_whole();
}
