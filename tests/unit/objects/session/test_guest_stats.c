/* SPDX-License-Identifier: MIT */
/*
 * Fields whose values come from running guests, and the number of calls of the hypervisor for them.
 */
#include "tests/unit/host_fixture.h"

#include "objects/domain/adopt.h"
#include "objects/queries/list.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_resize.h"
#include "objects/vm/snapshot/vm_snapshot.h"

#define NIC                                                                                        \
	"<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/>"      \
	"</interface><graphics type='vnc' port='5901' listen='127.0.0.1'/>"                        \
	"<serial type='unix'><source mode='bind' path='/run/a'/></serial>"                         \
	"<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"

static void start(void)
{
	host_start();
	hv_mock_add_network(mock, "cccccccc-0000-4000-8000-000000000001", "lan", "br0");
}

TestSuite(live, .init = start, .fini = host_stop);

static void add_guest(const char *uuid, const char *name, enum hv_state state)
{
	_cleanup_free_ char *xml = domain_xml(uuid, name, NIC);

	hv_mock_add(mock, xml, state);
}

static char *ask(const char *prefix, const char *filter, const char *value, const char *name)
{
	const struct view *v = view_by_prefix(prefix);
	const struct filter f = { filter, value };
	const struct field *const fields[] = { class_field(v->cls, name), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	OK(list_rows(S, v, &f, 1, fields, LIST_COSTLY, &rows, &E));
	cr_assert_eq(rows.n, 1, "%s: %zu", name, rows.n);
	return value_print(S, fields[0], &rows.items[0].values[0]);
}

#define EXPECT(name, wanted)                                                                       \
	do {                                                                                       \
		_cleanup_free_ char *text_ = ask("vm", "uuid", VM_A, name);                        \
		cr_expect_str_eq(text_, wanted, "%s: %s", name, text_);                            \
	} while (0)

Test(live, a_running_guest)
{
	add_guest(VM_A, "a", HV_RUNNING);
	session_start(&store_mem_ops);
	EXPECT("memory-actual", "67108864");
	EXPECT("VCPUs-number", "2");
	EXPECT("VCPUs-utilisation", "0: 0.000; 1: 0.000");
	EXPECT("os-version", "<not in database>");
	EXPECT("live", "<not in database>");
	EXPECT("networks", "<not in database>");
	hv_mock_set_agent(mock, VM_A, NULL, "10.0.0.6"); /* no agent, but a lease */
	next_command();
	EXPECT("networks", "0/ip: 10.0.0.6; 0/ipv4/0: 10.0.0.6");
	EXPECT("address", "10.0.0.6");
	EXPECT("os-version", "<not in database>");
	EXPECT("live", "<not in database>");
	hv_mock_set_agent(mock, VM_A, "Debian", "10.0.0.7");
	next_command();
	EXPECT("os-version", "name: Debian");
	EXPECT("networks", "0/ip: 10.0.0.7; 0/ipv4/0: 10.0.0.7");
	EXPECT("other", "hostname: guest");
	EXPECT("live", "true");
	EXPECT("can-use-hotplug-vbd", "yes");
}

Test(live, a_halted_guest)
{
	add_guest(VM_A, "a", HV_SHUTOFF);
	session_start(&store_mem_ops);
	hv_mock_set_agent(mock, VM_A, "Debian", "10.0.0.7");
	EXPECT("memory-actual", "0");
	EXPECT("VCPUs-number", "0");
	EXPECT("VCPUs-utilisation", "");
	EXPECT("networks", "<not in database>");
	EXPECT("address", "");
	EXPECT("console-uuids", "");
}

/* From libvirt's live XML only. */
Test(live, consoles_and_tpm)
{
	_cleanup_free_ char *uuids = NULL, *rfb = NULL, *vt100 = NULL, *both = NULL;
	const struct filter any = { "vm-uuid", VM_A };
	const struct field *const fields[] = { view_by_prefix("console")->cls->fields, NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	add_guest(VM_A, "a", HV_RUNNING);
	session_start(&store_mem_ops);
	rfb = ask("console", "protocol", "RFB", "uuid");
	vt100 = ask("console", "protocol", "VT100", "uuid");
	both = xasprintf("%s; %s", rfb, vt100);
	EXPECT("console-uuids", both);
	uuids = ask("console", "uuid", rfb, "location");
	cr_expect_str_eq(uuids, "vnc://127.0.0.1:5901");
	free(uuids);
	uuids = ask("console", "uuid", vt100, "location");
	cr_expect_str_eq(uuids, "/run/a");
	free(uuids);
	uuids = ask("vtpm", "vm-uuid", VM_A, "uuid");
	EXPECT("vtpms", uuids);
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	next_command();
	OK(list_rows(S, view_by_prefix("console"), &any, 1, fields, 0, &rows, &E));
	cr_expect_eq(rows.n, 0);
}

/* ---- what others did --------------------------------------------------------------------------- */

Test(live, a_card_that_somebody_took_out)
{
	static const char mac[] = "52:54:00:00:00:01";

	add_guest(VM_A, "a", HV_RUNNING);
	session_start(&store_mem_ops);
	_cleanup_free_ char *in = ask("vif", "vm-uuid", VM_A, "currently-attached");
	cr_expect_str_eq(in, "true");
	OK(hv_detach_nic(S->here->hv, VM_A, mac, &E));
	next_command();
	_cleanup_free_ char *out = ask("vif", "vm-uuid", VM_A, "currently-attached");
	cr_expect_str_eq(out, "false");
	_cleanup_free_ char *allowed = ask("vif", "vm-uuid", VM_A, "allowed-operations");
	cr_expect_str_eq(allowed, "attach");
}

#define LAN2 "cccccccc-0000-4000-8000-000000000002"

static size_t networks_listed(const char *uuid)
{
	const struct view *v = view_by_prefix("network");
	const struct filter f = { "uuid", uuid };
	const struct field *const fields[] = { class_field(v->cls, "name-label"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	next_command();
	if (S->here->networks) /* another process would read them again */
		hv_networks_clear(S->here->networks);
	free(TAKE(S->here->networks));
	OK(list_rows(S, v, &f, 1, fields, 0, &rows, &E));
	return rows.n;
}

Test(live, networks_that_somebody_made_and_took_away)
{
	session_start(&store_mem_ops);
	cr_expect_eq(networks_listed(LAN2), 0);
	int64_t before = store_generation();
	unsigned calls = hv_mock_calls(mock, NULL);
	cr_expect_eq(networks_listed(LAN2), 0);
	cr_expect_eq(hv_mock_calls(mock, NULL), calls + 3, "domains, their snapshots and networks");
	cr_expect_eq(store_generation(), before, "nothing differs, nothing is written");
	hv_mock_add_network(mock, LAN2, "lan2", "br2");
	cr_expect_eq(networks_listed(LAN2), 1);
	OK(hv_network_undefine(S->here->hv, LAN2, &E));
	cr_expect_eq(networks_listed(LAN2), 0);
	cr_expect_eq(networks_listed("cccccccc-0000-4000-8000-000000000001"), 1);
}

/* The record of a card's network stays, so that users see the missing network. */
Test(live, a_network_that_a_card_names_stays)
{
	add_guest(VM_A, "a", HV_SHUTOFF);
	hv_mock_add_network(mock, LAN2, "lan2", "br2");
	session_start(&store_mem_ops);
	_cleanup_free_ char *vif = ask("vif", "vm-uuid", VM_A, "uuid");
	OK(hv_network_undefine(S->here->hv, "cccccccc-0000-4000-8000-000000000001", &E));
	cr_expect_eq(networks_listed("cccccccc-0000-4000-8000-000000000001"), 1);
}

/*
 * The cost of a list does not depend on the number of running guests; @fields NULL: all, as
 * params=all.
 */
static unsigned calls_for(int from, int to, const struct field *const *fields)
{
	const struct view *v = view_by_prefix("vm");
	_cleanup_free_ const struct field **all = NULL;
	_cleanup_rows_ struct rows adopt = { 0 }, rows = { 0 };
	const struct field *const uuid[] = { class_field(v->cls, "uuid"), NULL };
	size_t n = 0;

	for (int i = from; i < to; i++) {
		_cleanup_free_ char *text = xasprintf("dddddddd-0000-4000-8000-%012d", i);
		_cleanup_free_ char *name = xasprintf("g%d", i);

		add_guest(text, name, HV_RUNNING);
	}
	for (const struct field *f = v->cls->fields; !fields && f->name; f++) {
		all = xrealloc(all, n + 2, sizeof(*all));
		all[n++] = f->flags & (F_HIDDEN | F_INTERNAL) ? uuid[0] : f;
		all[n] = NULL;
	}
	next_command();
	OK(list_rows(S, v, NULL, 0, uuid, 0, &adopt, &E));
	next_command();

	unsigned before = hv_mock_calls(mock, NULL);

	OK(list_rows(S, v, NULL, 0, fields ? fields : all, fields ? 0 : LIST_WHOLE, &rows, &E));
	cr_expect_geq(rows.n, (size_t)to + 1);
	return hv_mock_calls(mock, NULL) - before;
}

#define MANY 1000

Test(live, round_trips_do_not_grow, .timeout = 600)
{
	const struct class *c = view_by_prefix("vm")->cls;
	const struct field *const fields[] = { class_field(c, "uuid"),
		class_field(c, "power-state"), class_field(c, "memory-actual"),
		class_field(c, "VCPUs-number"), class_field(c, "dom-id"),
		class_field(c, "console-uuids"), NULL };

	session_start(&store_mem_ops);

	unsigned few = calls_for(0, 20, fields), few_all = calls_for(20, 20, NULL);
	unsigned many = calls_for(20, MANY, fields), many_all = calls_for(MANY, MANY, NULL);

	cr_expect_eq(few, many, "%u, %u", few, many);
	cr_expect_eq(few_all, many_all, "%u, %u", few_all, many_all);
	cr_expect_lt(many_all, 10, "%u", many_all);
}

/* Each command is a process: what libvirt has told the last one is not kept, however slow the machine is. */
static void forget_users(void)
{
	caches_drop(&S->caches);
}

/* Calls that a snapshot of @uuid makes. */
static unsigned calls_to_snapshot(const char *uuid)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *snapshot = NULL;
	unsigned before;

	next_command();
	forget_users();
	before = hv_mock_calls(mock, NULL);
	OK(vm_snapshot(S, uuid, &args, &snapshot, &E));
	return hv_mock_calls(mock, NULL) - before;
}

static void add_with_disks(const char *uuid, const char *name, size_t n)
{
	_cleanup_free_ char *devices = xstrdup("");

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *file = xasprintf("%s%zu.qcow2", name, i);
		char target[] = { 'v', 'd', (char)('a' + i), 0 };
		_cleanup_free_ char *disk = disk_xml(target, "qcow2", file);
		char *all = xasprintf("%s%s", devices, disk);

		make_image(file, NULL, NULL);
		free(devices);
		devices = all;
	}
	_cleanup_free_ char *xml = domain_xml(uuid, name, devices);

	hv_mock_add(mock, xml, HV_RUNNING);
}

/* Other users of a disk's file are asked for once, however many disks there are. */
Test(live, a_snapshot_reads_each_other_domain_once, .timeout = 600)
{
	_cleanup_rows_ struct rows adopt = { 0 };

	session_start(&store_mem_ops);
	add_with_disks(VM_A, "a", 1);
	add_with_disks(VM_B, "b", 4);
	OK(list_rows(
		S, view_by_prefix("vm"), NULL, 0, (const struct field *[]){ NULL }, 0, &adopt, &E));
	/* From the second one on there are frozen layers, whose writers are asked for, too. */
	(void)calls_to_snapshot(VM_A), (void)calls_to_snapshot(VM_B);
	unsigned alone = calls_to_snapshot(VM_A), four_alone = calls_to_snapshot(VM_B);
	(void)calls_for(0, 20, NULL);

	cr_expect_eq(calls_to_snapshot(VM_A), alone + 2 * 20, "definition and running XML");
	cr_expect_eq(calls_to_snapshot(VM_B), four_alone + 2 * 20);
}

/* Agents of a few VMs are asked, and those of all if a field is named. */
Test(live, agents_of_a_few_are_asked)
{
	const struct view *v = view_by_prefix("vm");
	const struct field *const networks[] = { class_field(v->cls, "networks"), NULL };
	_cleanup_rows_ struct rows few = { 0 }, many = { 0 }, named = { 0 };

	session_start(&store_mem_ops);
	add_guest(VM_A, "a", HV_RUNNING);
	hv_mock_set_agent(mock, VM_A, "Debian", "10.0.0.7");
	OK(list_rows(S, v, NULL, 0, networks, LIST_WHOLE, &few, &E));
	for (size_t i = 0; i < few.n; i++)
		cr_expect(!str_eq(few.items[i].values[0].literal, "<expensive field>"));
	(void)calls_for(0, 20, networks);
	next_command();

	unsigned before = hv_mock_calls(mock, "guest");

	OK(list_rows(S, v, NULL, 0, networks, LIST_WHOLE, &many, &E));
	cr_expect_eq(hv_mock_calls(mock, "guest"), before);
	cr_expect_str_eq(many.items[1].values[0].literal, "<expensive field>");
	OK(list_rows(S, v, NULL, 0, networks, 0, &named, &E));
	cr_expect_eq(hv_mock_calls(mock, "guest"), before + 21);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void set(const char *name, const char *value)
{
	const struct filter setting = { name, value };

	next_command();
	OK(param_set(S, view_by_prefix("vm"), VM_A, &setting, 1, &E));
	next_command();
}

static void refuse(enum vxe_code code, const char *name, const char *value)
{
	const struct filter setting = { name, value };

	next_command();
	FAILS(code, param_set(S, view_by_prefix("vm"), VM_A, &setting, 1, &E));
	next_command();
}

/*
 * As xe: the virtual hardware of a running guest cannot be changed; the number of VCPUs at the next
 * start can.
 */
Test(live, limits_of_a_running_guest)
{
	add_guest(VM_A, "a", HV_RUNNING);
	session_start(&store_mem_ops);
	refuse(VM_BAD_POWER_STATE, "memory-static-max", "134217728");
	refuse(VM_BAD_POWER_STATE, "memory-static-min", "1048576");
	refuse(VM_BAD_POWER_STATE, "VCPUs-max", "4");
	set("VCPUs-at-startup", "1");
	EXPECT("VCPUs-number", "2");
	EXPECT("VCPUs-at-startup", "1");
}

static bool has(const char *text)
{
	return strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), text) != NULL;
}

Test(live, platform_keys_reach_the_definition)
{
	add_guest(VM_A, "a", HV_SHUTOFF);
	session_start(&store_mem_ops);
	set("VCPUs-max", "4");
	set("platform:viridian", "true");
	cr_expect(has("<relaxed state=\"on\"/>") && has("<vapic state=\"on\"/>"), "%s",
		hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	set("platform:cores-per-socket", "2");
	cr_expect(has("<topology sockets=\"2\" cores=\"2\" threads=\"1\"/>"));
	refuse(INVALID_VALUE, "platform:cores-per-socket", "3");
	refuse(INVALID_VALUE, "platform:cores-per-socket", "two");
	refuse(INVALID_VALUE, "VCPUs-max", "5");
	set("VCPUs-max", "6");
	cr_expect(has("<topology sockets=\"3\" cores=\"2\" threads=\"1\"/>"));
	set("platform:acpi", "false");
	cr_expect(!has("<acpi/>"));
	set("platform:viridian", "false");
	cr_expect(!has("hyperv"));
	set("platform:timeoffset", "-3600");
	cr_expect(has("<clock offset=\"variable\" adjustment=\"-3600\" basis=\"utc\"/>"));
	refuse(INVALID_VALUE, "platform:timeoffset", "an hour");
	refuse(INVALID_VALUE, "platform:timeoffset", "9999999999999");
	set("platform:timeoffset", "0");
	cr_expect(has("<clock offset=\"utc\"/>"));
	set("HVM-boot-params:firmware", "uefi");
	cr_expect(has("<os firmware=\"efi\">"));
	refuse(INVALID_VALUE, "HVM-boot-params:firmware", "openfirmware");
	set("HVM-boot-params:firmware", "bios");
	cr_expect(has("<os>"));
	EXPECT("HVM-boot-params", "firmware: bios; order: cd");
	cr_expect_eq(notices.n, 0);
	set("platform:device-model", "qemu-upstream-compat");
	cr_expect_eq(notices.n, 1);
	set("actions-after-crash", "preserve");
	cr_expect(has("<on_crash>preserve</on_crash>"));
	cr_expect_eq(notices.n, 2);
	cr_expect(strstr(notices.items[1], "no <panic> device"));
	EXPECT("platform",
		"acpi: false; apic: false; pae: false; viridian: false; "
		"cores-per-socket: 2; timeoffset: 0; device-model: "
		"qemu-upstream-compat");
	next_command();
	OK(param_remove(S, view_by_prefix("vm"), VM_A, "platform", "cores-per-socket", &E));
	cr_expect(!has("topology"));
}

/* Changes of the definition by others are visible; their topology stays while it fits. */
Test(live, platform_keys_come_from_the_definition)
{
	_cleanup_free_ char *plain = domain_xml(VM_A, "a", NIC "<panic model='isa'/>"), *xml = NULL;
	const char *end = strstr(plain, "<features>");

	xml = xasprintf("%.*s<cpu><topology sockets='1' cores='1' threads='2'/></cpu><features>"
			"<hyperv><relaxed state='on'/></hyperv>%s",
		(int)(end - plain), plain, end + strlen("<features>"));
	hv_mock_add(mock, xml, HV_SHUTOFF);
	session_start(&store_mem_ops);
	set("actions-after-crash", "preserve");
	cr_expect_eq(notices.n, 0);
	EXPECT("platform",
		"acpi: true; apic: false; pae: false; viridian: true; cores-per-socket: 1");
	set("name-label", "renamed");
	cr_expect(has("threads='2'") || has("threads=\"2\""));
	set("VCPUs-max", "4");
	cr_expect(has("<topology sockets=\"4\" cores=\"1\" threads=\"1\"/>"));
}

Test(live, memory_of_a_running_guest)
{
	const struct filter target[] = { { "memory-dynamic-min", "33554432" },
		{ "memory-dynamic-max", "33554432" } };
	const struct filter limit = { "memory-static-max", "134217728" };

	add_guest(VM_A, "a", HV_SHUTOFF);
	session_start(&store_mem_ops);
	OK(adopt_domains(S, &E));
	set("memory-static-min", "16777216");
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	OK(vm_set_memory(S, VM_A, "changing_dynamic_range", target, 2, &E));
	next_command();
	EXPECT("memory-actual", "33554432");
	EXPECT("memory-dynamic-max", "33554432");
	FAILS(VM_BAD_POWER_STATE, vm_set_memory(S, VM_A, "changing_static_range", &limit, 1, &E));
	hv_mock_fail(mock, "set_memory", 0, HV_MOCK_BEFORE, "no balloon");
	set("memory-dynamic-max", "50331648");
	cr_expect_eq(notices.n, 1);
	EXPECT("memory-dynamic-max", "50331648");
	EXPECT("memory-actual", "33554432");
	set("memory-dynamic-max", "41943040");
	EXPECT("memory-actual", "41943040");
	hv_mock_set_state(mock, VM_A, HV_PAUSED);
	refuse(VM_BAD_POWER_STATE, "memory-dynamic-max", "33554432");
}

Test(live, vcpus_of_a_running_guest)
{
	add_guest(VM_A, "a", HV_SHUTOFF);
	session_start(&store_mem_ops);
	OK(adopt_domains(S, &E));
	FAILS(VM_BAD_POWER_STATE, vm_set_vcpus(S, VM_A, 1, &E));
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	FAILS(INVALID_VALUE, vm_set_vcpus(S, VM_A, 3, &E));
	OK(vm_set_vcpus(S, VM_A, 1, &E));
	next_command();
	EXPECT("VCPUs-number", "1");
	EXPECT("VCPUs-at-startup", "1");
	hv_mock_fail(mock, "set_vcpus", 0, HV_MOCK_BEFORE, "no");
	FAILS(VXE_HYPERVISOR_FAILED, vm_set_vcpus(S, VM_A, 2, &E));
	next_command();
	EXPECT("VCPUs-at-startup", "1");
}
