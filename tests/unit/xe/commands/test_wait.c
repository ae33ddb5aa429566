/* SPDX-License-Identifier: MIT */
/* vm-wait on the mock hypervisor: each state, the time limit, ^C, and that it asks about its VM alone; event-wait: reboots. */
#include "tests/unit/host_fixture.h"

#include "tests/unit/io_buffer.h"
#include "xe/program_run.h"

static struct io_buffer b;
static bool stopped;

static void stop(void)
{
	io_buffer_clear(&b);
	host_stop();
}

TestSuite(wait, .init = host_start_mem, .fini = stop);

static bool is_stopped(void *ctx)
{
	(void)ctx;
	return stopped;
}

static int run(const char *line)
{
	const struct io io = io_buffered(&b);
	const struct program p = {
		.name = "vxe", .io = &io, .session = S, .cancelled = is_stopped
	};
	_cleanup_strv_ struct strv argv = { 0 };

	io_buffer_clear(&b);
	strv_split(&argv, line, ' ');
	next_command();
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

static void add(const char *uuid, const char *name, enum hv_state state)
{
	_cleanup_free_ char *xml = domain_xml(uuid, name,
		"<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/></interface>");

	hv_mock_add(mock, xml, state);
}

Test(wait, each_state)
{
	hv_mock_add_network(mock, "cccccccc-0000-4000-8000-000000000001", "lan", "br0");
	add(VM_A, "web", HV_SHUTOFF);
	cr_expect_eq(run("vm-wait vm=web state=halted timeout=0"), 0, "%s", str_text(&b.error));
	cr_expect_eq(run("vm-wait vm=web state=running timeout=0"), 6);
	cr_expect(strstr(str_text(&b.error), "found: halted\nseconds: 0\n"), "%s",
		str_text(&b.error));
	cr_expect_eq(run("vm-wait vm=web state=running timeout=0 --json"), 6);
	cr_expect(strstr(str_text(&b.error), "\"VXE_WAIT_TIMEOUT\""));
	hv_mock_set_state(mock, VM_A, HV_PAUSED);
	cr_expect_eq(run("vm-wait vm=web state=running timeout=0"), 6);
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	cr_expect_eq(run("vm-wait vm=web state=running timeout=0"), 0);
	cr_expect_eq(run("vm-wait vm=web state=agent timeout=0"), 6);
	cr_expect_eq(run("vm-wait vm=web state=ip timeout=0"), 6);
	hv_mock_set_agent(mock, VM_A, NULL, "10.0.0.6"); /* a lease */
	cr_expect_eq(run("vm-wait vm=web state=ip timeout=0"), 0, "%s", str_text(&b.error));
	cr_expect_eq(run("vm-wait vm=web state=agent timeout=0"), 6);
	hv_mock_set_agent(mock, VM_A, "Debian", NULL);
	cr_expect_eq(run("vm-wait vm=web state=agent timeout=0"), 0);
	cr_expect_eq(run("vm-wait vm=web state=asleep"), 2);
}

Test(wait, interrupted)
{
	add(VM_A, "web", HV_SHUTOFF);
	stopped = true;
	cr_expect_eq(run("vm-wait uuid=" VM_A " state=running"), 1);
	cr_expect(strstr(str_text(&b.error), "cancelled.\nvm: " VM_A " (web)\n"), "%s",
		str_text(&b.error));
}

Test(wait, one_vm_is_asked_about)
{
	add(VM_A, "web", HV_RUNNING);
	add(VM_B, "db", HV_RUNNING);
	hv_mock_set_agent(mock, VM_A, "Debian", "10.0.0.6");
	hv_mock_set_agent(mock, VM_B, "Debian", "10.0.0.7");
	cr_assert_eq(run("vm-list"), 0);
	unsigned stats = hv_mock_calls(mock, "stats"), guests = hv_mock_calls(mock, "guest");

	cr_expect_eq(run("vm-wait uuid=" VM_A " state=agent"), 0);
	cr_expect_eq(hv_mock_calls(mock, "stats"), stats, "no statistics of all domains");
	cr_expect_eq(hv_mock_calls(mock, "guest"), guests + 1);
}

static void reset_web(struct hv_mock *m, void *ctx)
{
	(void)ctx;
	hv_mock_reset(m, VM_A);
}

static void reset_web_later(struct hv_mock *m, void *ctx)
{
	hv_mock_before(m, "reboots", reset_web, ctx);
}

/* The guest reboots while event-wait listens; the time stays known when the guest has ended. */
Test(wait, a_reboot_is_another_start)
{
	add(VM_A, "web", HV_RUNNING);
	cr_assert_eq(run("vm-list uuid=" VM_A " params=start-time --minimal"), 0);
	cr_expect_str_eq(str_text(&b.out), "19700101T00:00:00Z\n");
	hv_mock_before(mock, "reboots", reset_web_later, NULL);
	cr_expect_eq(run("event-wait class=vm uuid=" VM_A " start-time=/=19700101T00:00:00Z"), 0);
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	map_clear(&S->here->starts); /* what is left stands in the record */
	cr_expect_eq(run("vm-list uuid=" VM_A " params=start-time --minimal"), 0);
	cr_expect(str_starts(str_text(&b.out), "20"), "%s", str_text(&b.out));
}
