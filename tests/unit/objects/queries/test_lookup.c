/* SPDX-License-Identifier: MIT */
/*
 * One VM by UUID or name: libvirt is asked for that one alone, however many there are, and what
 * others did to it meanwhile is seen.
 */
#include "tests/unit/command_fixture.h"

#include "objects/domain/adopt.h"

#define UNKNOWN "cccccccc-0000-4000-8000-000000000003"

/* VM_A "a" with a snapshot, and so many other VMs; adopted. */
static void start(int others)
{
	host_start_mem();
	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	for (int i = 0; i < others; i++) {
		_cleanup_free_ char *uuid = xasprintf("%08x-1111-4000-8000-000000000000", i);
		_cleanup_free_ char *name = xasprintf("other%d", i);
		_cleanup_free_ char *xml = domain_xml(uuid, name, "");

		hv_mock_add(mock, xml, HV_SHUTOFF);
	}
	OK(adopt_domains(S, &E));
	free(out("vm-snapshot uuid=" VM_A " new-name-label=s"));
}

TestSuite(lookup, .fini = command_stop);

static const char *const lines[] = {
	"vm-param-get uuid=" VM_A " param-name=power-state",
	"vm-param-get uuid=" VM_A " param-name=name-label",
	"vm-list uuid=" VM_A " params=power-state",
	"vm-list name-label=a --minimal",
	"vm-list name-label=a power-state=halted --minimal",
	"vm-list is-control-domain=false name-label=a params=power-state",
	"vm-disk-list vm=a",
	"vm-disk-list vm=" VM_A,
	"vm-disk-list name-label=a",
	"snapshot-list snapshot-of=" VM_A " --minimal",
	"vbd-list vm-uuid=" VM_A " params=device --minimal",
};

static void count(int others, unsigned *calls)
{
	start(others);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		unsigned before = hv_mock_calls(mock, NULL);

		free(out(lines[i]));
		calls[i] = hv_mock_calls(mock, NULL) - before;
	}
	command_stop();
}

Test(lookup, costs_the_same_among_ten_and_three_hundred)
{
	unsigned few[ARRAY_LEN(lines)], many[ARRAY_LEN(lines)];

	count(10, few);
	count(300, many);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		cr_expect_eq(few[i], many[i], "%s: %u calls of ten, %u of 300", lines[i], few[i],
			many[i]);
		cr_expect_leq(many[i], 6, "%s: %u calls", lines[i], many[i]);
	}
}

Test(lookup, libvirt_is_not_asked_for_all)
{
	start(10);
	for (size_t i = 0; i + 1 < ARRAY_LEN(lines); i++) {
		unsigned lists = hv_mock_calls(mock, "list");

		free(out(lines[i]));
		cr_expect_eq(hv_mock_calls(mock, "list"), lists, "%s", lines[i]);
	}
}

Test(lookup, an_unknown_domain_is_adopted_alone)
{
	start(2);
	_cleanup_free_ char *third = domain_xml(UNKNOWN, "third", "");
	_cleanup_free_ char *fourth = domain_xml(VM_B, "fourth", "");

	hv_mock_add(mock, third, HV_SHUTOFF);
	hv_mock_add(mock, fourth, HV_SHUTOFF);
	PRINTS(UNKNOWN, "vm-list name-label=third --minimal");
	PRINTS(VM_B, "vm-list uuid=" VM_B " --minimal");
	PRINTS("halted", "vm-param-get uuid=" UNKNOWN " param-name=power-state");
}

Test(lookup, an_unknown_domain_is_found_by_its_title)
{
	start(2);
	hv_mock_add(mock,
		"<domain type='qemu'><name>third</name><uuid>" UNKNOWN "</uuid><title>Mail</title>"
		"<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type "
		"arch='x86_64'>hvm</type></os>"
		"<devices/></domain>",
		HV_SHUTOFF);
	PRINTS(UNKNOWN, "vm-list name-label=Mail --minimal");
}

Test(lookup, a_domain_that_somebody_removed_is_forgotten)
{
	start(2);
	hv_mock_remove(mock, "00000000-1111-4000-8000-000000000000");
	hv_mock_remove(mock, "00000001-1111-4000-8000-000000000000");
	PRINTS("", "vm-list name-label=other0 --minimal");
	PRINTS("", "vm-list uuid=00000001-1111-4000-8000-000000000000 --minimal");
	/* A snapshot brings its VM back. */
	hv_mock_remove(mock, VM_A);
	PRINTS(VM_A, "vm-list name-label=a --minimal");
	COMPLAINS("No matching VMs found", "vm-pause vm=other0");
}

static void remove_unknown(struct hv_mock *m, void *ctx)
{
	(void)ctx;
	hv_mock_before(m, "xml", NULL, NULL);
	hv_mock_remove(m, UNKNOWN);
}

Test(lookup, a_domain_that_somebody_removes_meanwhile_is_left_out)
{
	start(2);
	_cleanup_free_ char *xml = domain_xml(UNKNOWN, "third", "");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	hv_mock_before(mock, "xml", remove_unknown, NULL);
	PRINTS("", "vm-list name-label=third --minimal");
	cr_expect(strstr(str_text(&b.error), "third is left out"), "%s", str_text(&b.error));
	PRINTS("", "vm-list uuid=" UNKNOWN " --minimal");
	PRINTS(VM_A, "vm-list name-label=a --minimal");
}

Test(lookup, a_transient_domain_by_name_and_uuid)
{
	start(2);
	_cleanup_free_ char *xml = domain_xml(UNKNOWN, "guest", "");

	hv_mock_add_transient(mock, xml);
	PRINTS(UNKNOWN, "vm-list name-label=guest --minimal");
	PRINTS("running", "vm-list uuid=" UNKNOWN " params=power-state --minimal");
	PRINTS(UNKNOWN, "vm-list power-state=running is-control-domain=false --minimal");
}

Test(lookup, a_wrong_filter_before_the_name_is_an_error_as_in_xe)
{
	start(2);
	COMPLAINS("Unknown field 'colour'", "vm-list colour=red name-label=nobody");
	PRINTS("", "vm-list name-label=nobody colour=red --minimal");
	COMPLAINS("Unknown field 'colour'", "vm-list name-label=a colour=red");
}

Test(lookup, two_of_a_name)
{
	start(2);
	free(out("vm-param-set uuid=00000000-1111-4000-8000-000000000000 name-label=a"));
	COMPLAINS("Multiple matches", "vm-pause vm=a");
	PRINTS("00000000-1111-4000-8000-000000000000," VM_A, "vm-list name-label=a --minimal");
	/* The UUID of one VM as the name of another: both match, as in xe. */
	free(out("vm-param-set uuid=00000001-1111-4000-8000-000000000000 name-label=" VM_A));
	COMPLAINS("Multiple matches", "vm-pause vm=" VM_A);
}
