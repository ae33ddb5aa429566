/* SPDX-License-Identifier: MIT */
/* --dry-run of commands whose effect is in the records: the plan, its refusals, and that nothing changes. */
#include "objects/model/trial_run.h"

#include <string.h>

#include "tests/unit/example_world.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "xe/program_run.h"

static struct example_world world;

static int run(struct io_buffer *b, bool as_xe, const char *line, const char *more)
{
	const struct io io = io_buffered(b);
	const struct program p = {
		.name = as_xe ? "xe" : "vxe", .as_xe = as_xe, .io = &io, .session = world.s
	};
	_cleanup_free_ char *whole = xasprintf("%s%s%s", line, *more ? " " : "", more);
	_cleanup_strv_ struct strv argv = { 0 };

	strv_split(&argv, whole, ' ');
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

static void make_world(void)
{
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "disk");
	example_world_open(&world, &words, NULL);
	_cleanup_io_buffer_ struct io_buffer b = { 0 };

	cr_assert_eq(run(&b, false, "vm-list", ""), 0); /* adopts the domains */
}

static void free_world(void)
{
	example_world_close(&world);
	no_leaks();
}

TestSuite(dry_run, .init = make_world, .fini = free_world);

static int64_t generation(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	int64_t now;

	session_wish(world.s, NULL);
	cr_assert_eq(txn_begin(world.s->store, TXN_READ, &t, &err), 0);
	cr_assert_eq(txn_generation(t, &now, &err), 0);
	return now;
}

#define SR EXAMPLE_UUID(40)
#define HOST EXAMPLE_UUID(70)
#define WEB EXAMPLE_UUID(02)

/* In this order; each is planned, then done. UUIDs of new records differ. */
static const struct {
	const char *line, *plan;
} cases[] = {
	{ "sr-param-set uuid=" SR " name-label=store",
		"record: change SR " SR " (local)\n  name-label: local -> store\n" },
	{ "sr-param-set uuid=" SR " name-label=store", "record: none is changed\n" },
	{ "sr-param-add uuid=" SR " param-name=tags param-key=a",
		"record: change SR " SR " (store)\n  tags: (none) -> a\n" },
	{ "sr-param-add uuid=" SR " param-name=other-config dry=1 run=2",
		"record: change SR " SR " (store)\n  other-config: (none) -> dry: 1; run: 2\n" },
	{ "sr-param-remove uuid=" SR " param-name=tags param-key=a",
		"record: change SR " SR " (store)\n  tags: a -> (none)\n" },
	{ "sr-param-clear uuid=" SR " param-name=name-description", "record: none is changed\n" },
	{ "host-disable", "record: change host " HOST " (h1)\n  enabled: true -> false\n" },
	{ "host-enable", "record: change host " HOST " (h1)\n  enabled: false -> true\n" },
	{ "secret-create value=x", "record: add secret " },
	{ "appliance-create name-label=group", "record: add VM_appliance " },
	{ "message-create name=n priority=3 body=b vm-uuid=" WEB, "record: add message " },
	{ "message-destroy-all", "record: delete message " },
	{ "sr-introduce name-label=new type=file uuid=" EXAMPLE_UUID(42),
		"record: add SR " EXAMPLE_UUID(42) " (new)\n" },
};

Test(dry_run, shows_what_the_command_does)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_io_buffer_ struct io_buffer dry = { 0 }, done = { 0 };
		int64_t before = generation();
		bool changes = !strstr(cases[i].plan, "none is changed");

		cr_expect_eq(run(&dry, false, cases[i].line, "--dry-run --verbose"), 0, "%s: %s",
			cases[i].line, str_text(&dry.error));
		cr_expect(strstr(str_text(&dry.out), cases[i].plan), "%s: %s", cases[i].line,
			str_text(&dry.out));
		cr_expect_eq(generation(), before, "%s", cases[i].line);
		cr_expect_eq(run(&done, false, cases[i].line, ""), 0, "%s: %s", cases[i].line,
			str_text(&done.error));
		cr_expect(!changes || generation() > before, "%s", cases[i].line);
	}
}

/* The same error and status as without --dry-run. */
static const char *const refused[] = {
	"sr-param-set uuid=" SR " type=x",
	"sr-param-set uuid=" EXAMPLE_UUID(99) " name-label=x",
	"sr-param-remove uuid=" SR " param-name=tags param-key=none",
	"vm-param-set uuid=" WEB " memory-static-max=1",
	"vm-param-add uuid=" WEB " param-name=other-config owner=again",
	"vm-memory-static-range-set vm=web min=2GiB max=1GiB",
	"vm-vcpu-hotplug vm=web new-vcpus=2",
	"pbd-create host-uuid=" HOST " sr-uuid=" EXAMPLE_UUID(99),
	"pbd-create host-uuid=" EXAMPLE_UUID(99) " sr-uuid=" SR,
	"pbd-destroy uuid=" EXAMPLE_UUID(99),
	"sr-introduce name-label=x type=file uuid=" SR,
	"sr-introduce name-label=x type=nosuch uuid=" EXAMPLE_UUID(42),
	"secret-destroy uuid=" EXAMPLE_UUID(99),
	"task-cancel uuid=" EXAMPLE_UUID(99),
	"message-destroy uuid=" EXAMPLE_UUID(99),
	"vdi-update uuid=" EXAMPLE_UUID(99),
	"vmss-create name-label=x type=snapshot frequency=daily schedule:hour=99",
	"host-reboot --force",
};

Test(dry_run, refuses_as_the_command_does)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		_cleanup_io_buffer_ struct io_buffer dry = { 0 }, real = { 0 };
		int64_t before = generation();
		int status = run(&dry, false, refused[i], "--dry-run");

		cr_expect_neq(status, 0, "%s", refused[i]);
		cr_expect_eq(generation(), before);
		cr_expect_eq(run(&real, false, refused[i], ""), status, "%s: %s", refused[i],
			str_text(&real.error));
		cr_expect_str_eq(str_text(&dry.error), str_text(&real.error), "%s", refused[i]);
		cr_expect_str_eq(str_text(&dry.out), "", "%s", refused[i]);
	}
}

/* For xe it is a field that there is not, or a key like any other. */
Test(dry_run, means_nothing_to_xe)
{
	_cleanup_io_buffer_ struct io_buffer set = { 0 }, add = { 0 }, get = { 0 };

	cr_expect_eq(run(&set, true, "sr-param-set uuid=" SR " name-label=x", "dry-run=true"), 1);
	cr_expect_eq(
		run(&add, true, "sr-param-add uuid=" SR " param-name=other-config", "dry-run=true"),
		0);
	cr_expect_eq(run(&get, true, "sr-param-get uuid=" SR " param-name=other-config",
			     "param-key=dry-run"),
		0);
	cr_expect_str_eq(str_text(&get.out), "true\n");
}

Test(dry_run, runs_nothing_on_the_host)
{
	_cleanup_io_buffer_ struct io_buffer off = { 0 }, dry = { 0 };

	_cleanup_io_buffer_ struct io_buffer halted = { 0 };

	world.s->config.shutdown = "/nonexistent/shutdown";
	cr_assert_eq(run(&off, false, "host-disable", ""), 0);
	cr_assert_eq(run(&halted, false, "vm-shutdown vm=db --force", ""), 0);
	cr_expect_eq(run(&dry, false, "host-shutdown --force", "--dry-run"), 0, "%s",
		str_text(&dry.error));
	cr_expect(str_eq(str_text(&dry.out), "run: /nonexistent/shutdown -h now\n"), "%s",
		str_text(&dry.out));
}

/* Has what the domain of the halted guest says on record, which a dry run cannot take over. */
static void take_over(void)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };

	cr_assert_eq(run(&b, false, "vm-param-set uuid=" WEB " name-description=seen", ""), 0);
}

/* Without --verbose a record is named as people name it, and its fields have sizes as people say them. */
Test(dry_run, speaks_to_people)
{
	static const struct {
		const char *line, *plan;
	} brief[] = {
		{ "sr-param-set uuid=" SR " name-label=store",
			"change: SR local\n  name-label: local -> store\n" },
		{ "sr-param-set uuid=" SR " name-label=local",
			"nothing changes: it is so already\n" },
		{ "appliance-create name-label=group", "add: VM_appliance group\n" },
		{ "vm-memory-limits-set vm=web static-min=16MiB dynamic-min=32MiB "
		  "dynamic-max=64MiB static-max=64MiB",
			"  memory-static-min: 64.0 MiB -> 16.0 MiB\n" },
	};

	take_over();
	for (size_t i = 0; i < ARRAY_LEN(brief); i++) {
		_cleanup_io_buffer_ struct io_buffer dry = { 0 };

		cr_expect_eq(run(&dry, false, brief[i].line, "--dry-run"), 0, "%s: %s",
			brief[i].line, str_text(&dry.error));
		cr_expect(strstr(str_text(&dry.out), brief[i].plan), "%s: %s", brief[i].line,
			str_text(&dry.out));
		cr_expect(!strstr(str_text(&dry.out), "record: "), "%s", str_text(&dry.out));
	}
}

/* What needs --verbose to be seen is in JSON without "brief". */
Test(dry_run, is_whole_in_json)
{
	_cleanup_io_buffer_ struct io_buffer json = { 0 }, none = { 0 };

	take_over();
	cr_expect_eq(run(&json, false, "vm-start vm=web", "--dry-run --json"), 0, "%s",
		str_text(&json.error));
	cr_expect(strstr(str_text(&json.out), "\"text\":\"operation: vm-start\"}"), "%s",
		str_text(&json.out));
	cr_expect(strstr(str_text(&json.out), "\"brief\":\"guest: web starts\"}"), "%s",
		str_text(&json.out));
	cr_expect_eq(run(&none, false, "vm-list", "--verbose"), 2);
	cr_expect(strstr(str_text(&none.error), "verbose= is for dry runs"), "%s",
		str_text(&none.error));
}
