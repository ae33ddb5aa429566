/* SPDX-License-Identifier: MIT */
/* The lines of /etc/xensource-inventory. */
#include "objects/start/inventory.h"

#include "tests/unit/example_world.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"
#include "xe/program_run.h"

TestSuite(inventory, .fini = no_leaks);

static const char head[] = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n";

/* The routing table of the machine in that folder. */
static void put_route(const char *machine, const char *route)
{
	_cleanup_free_ char *proc = xasprintf("%s/proc", machine);
	_cleanup_free_ char *net = xasprintf("%s/net", proc);
	_cleanup_free_ char *path = xasprintf("%s/route", net);

	cr_assert(mkdir(proc, 0700) == 0 && mkdir(net, 0700) == 0);
	FILE *f = fopen(path, "we");
	cr_assert(f && fprintf(f, "%s%s", head, route) > 0 && fclose(f) == 0, "%s", path);
}

Test(inventory, interface_of_the_default_route)
{
	static const struct {
		const char *routes, *wanted;
	} cases[] = {
		{ "", "" },
		{ "eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", "" },
		{ "eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		  "xenbr0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
			"xenbr0" },
		{ "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
		  "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
			"eth0" },
		{ "damaged\n", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *routes = xasprintf("%s%s", head, cases[i].routes);
		_cleanup_free_ char *got = inventory_interface(routes);

		cr_expect_str_eq(got, cases[i].wanted, "%zu", i);
	}
}

/* Its output before a store exists is the same as with the store that is made later. */
Test(inventory, says_what_a_store_will_say)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_mock_ struct hv_mock *mock = hv_mock_create("mock:///inventory");
	char machine[SCRATCH_MAX];
	const struct session_config config = { .store = "/nonexistent",
		.connect = "mock:///inventory",
		.root = machine,
		.hypervisor = &hv_mock_ops };
	const struct program p = { .name = "vxe", .io = &io, .config = &config };
	const char *const argv[] = { "inventory" };
	_cleanup_free_ char *dom0 = inventory_control_domain(EXAMPLE_UUID(70));
	_cleanup_free_ char *wanted =
		xasprintf("INSTALLATION_UUID='" EXAMPLE_UUID(70) "'\nCONTROL_DOMAIN_UUID='%s'\n"
								 "MANAGEMENT_INTERFACE='br7'\n",
			dom0);

	scratch_dir(machine, "machine");
	put_route(machine, "br7\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	hv_mock_set_host(mock, EXAMPLE_UUID(70));
	cr_assert_eq(program_run(&p, argv, 1), 0);
	cr_expect_str_eq(str_text(&b.out), wanted);
	scratch_drop(machine);
}
