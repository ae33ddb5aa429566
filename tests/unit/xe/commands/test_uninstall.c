/* SPDX-License-Identifier: MIT */
/*
 * Whole commands that change objects, on the mock hypervisor: the question before an uninstall,
 * results and failures of several VMs.
 */
#include "tests/unit/host_fixture.h"

#include "tests/unit/io_buffer.h"
#include "objects/base/uuid.h"
#include "xe/program_run.h"

static struct io_buffer b;

static void stop(void)
{
	io_buffer_clear(&b);
	host_stop();
}

TestSuite(uninstall, .init = host_start_mem, .fini = stop);

/* Runs a command line as `xe` (or `vxe`) and returns its exit status; the output is in b. */
static int run(bool as_xe, const char *line, const char *const *answers)
{
	const struct io io = io_buffered(&b);
	const struct program p = {
		.name = as_xe ? "xe" : "vxe", .as_xe = as_xe, .io = &io, .session = S
	};
	_cleanup_strv_ struct strv argv = { 0 };

	io_buffer_clear(&b);
	b.answers = answers;
	strv_split(&argv, line, ' ');
	next_command();
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

static void expect_out(const char *wanted)
{
	cr_expect_str_eq(str_text(&b.out), wanted, "%s%s", str_text(&b.out), str_text(&b.error));
}

static void make_vm(const char *uuid, const char *name, const char *file)
{
	make_image(file, NULL, NULL);
	add_domain(uuid, name, file);
}

#define HEAD "The following items are about to be destroyed\nVM : " VM_A " (web)\n"
#define QUESTION HEAD "Type 'yes' to continue\n"

static bool vm_is_listed(void)
{
	cr_expect_eq(run(true, "vm-list name-label=web --minimal", NULL), 0);
	return str_eq(str_text(&b.out), VM_A "\n");
}

Test(uninstall, declined)
{
	static const char *const answers[] = { " no", NULL };

	make_vm(VM_A, "web", "a.qcow2");
	cr_expect_eq(run(true, "vm-uninstall vm=web", answers), 0);
	expect_out(QUESTION "Aborted (you typed: ' no')\n");
	cr_expect(vm_is_listed());
}

Test(uninstall, end_of_input)
{
	make_vm(VM_A, "web", "a.qcow2");
	cr_expect_eq(run(true, "vm-uninstall vm=web", NULL), 1);
	expect_out(QUESTION);
	cr_expect_str_eq(str_text(&b.error), "Lost connection to the server.\n");
	cr_expect(vm_is_listed());
}

Test(uninstall, yes_in_any_case)
{
	static const char *const answers[] = { " YES\t", NULL };
	_cleanup_free_ char *file = at("a.qcow2");

	make_vm(VM_A, "web", "a.qcow2");
	cr_expect_eq(run(true, "vm-uninstall vm=web", answers), 0);
	expect_out(QUESTION "All objects destroyed\n");
	cr_expect_not(vm_is_listed());
	cr_expect_eq(access(file, F_OK), 0, "the user's own file stays");
}

Test(uninstall, forced)
{
	make_vm(VM_A, "web", "a.qcow2");
	cr_expect_eq(run(true, "vm-uninstall vm=web --force --minimal", NULL), 0);
	expect_out(HEAD "All objects destroyed\n\n");
	cr_expect_not(vm_is_listed());
}

/* All VMs, then all snapshots. */
Test(uninstall, several_are_listed_as_by_xe)
{
	const char *at = NULL;
	static const char *const order[] = { " (web)\n", " (db)\n", " (s1)\n", " (s2)\n" };

	make_vm(VM_A, "web", "a.qcow2");
	make_vm(VM_B, "db", "b.qcow2");
	cr_assert_eq(run(true, "vm-snapshot vm=web new-name-label=s1", NULL), 0);
	cr_assert_eq(run(true, "vm-snapshot vm=db new-name-label=s2", NULL), 0);
	cr_expect_eq(run(true, "vm-uninstall is-control-domain=false --multiple --force", NULL), 0,
		"%s", str_text(&b.error));
	at = str_text(&b.out);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		const char *next = strstr(at, order[i]);

		cr_expect(next, "%s: %s", order[i], str_text(&b.out));
		at = next ? next : at;
	}
}

Test(uninstall, dry_run_is_ours)
{
	make_vm(VM_A, "web", "a.qcow2");
	cr_expect_eq(run(false, "vm-uninstall vm=web --dry-run", NULL), 7, "it is adopted first");
	cr_expect(vm_is_listed());
	cr_expect_eq(run(false, "vm-uninstall vm=web --dry-run", NULL), 0);
	cr_expect(str_starts(str_text(&b.out), HEAD));
	cr_expect_null(strstr(str_text(&b.out), "Type"));
	cr_expect(vm_is_listed());
	cr_expect_eq(run(true, "vm-uninstall vm=web --dry-run", NULL), 1);
	cr_expect_str_eq(str_text(&b.error), "Error: Unknown field 'dry-run'\n");
}

Test(uninstall, snapshot_prints_its_uuid_and_goes)
{
	_cleanup_free_ char *uuid = NULL, *line = NULL, *wanted = NULL;

	make_vm(VM_A, "web", "a.qcow2");
	cr_assert_eq(run(true, "vm-snapshot vm=web new-name-label=s", NULL), 0, "%s",
		str_text(&b.error));
	cr_assert_eq(b.out.len, UUID_TEXT_LEN + 1);
	uuid = xstrndup(str_text(&b.out), UUID_TEXT_LEN);
	line = xasprintf("snapshot-uninstall snapshot-uuid=%s --force", uuid);
	wanted = xasprintf("VM : %s (s)\n", uuid);
	cr_expect_eq(run(true, line, NULL), 0, "%s", str_text(&b.error));
	cr_expect_neq(strstr(str_text(&b.out), wanted), NULL);
	cr_expect(str_ends(str_text(&b.out), "All objects destroyed\n"));
	cr_expect_eq(run(true, "snapshot-list --minimal", NULL), 0);
	expect_out("\n");
}

/* Each is tried; the failures are on stdout, the results of the others are lost. */
Test(uninstall, failures_of_several)
{
	_cleanup_free_ char *wanted = xasprintf("operation failed on " VM_B ": %s\nvm: " VM_B
						" (db)\nexpected: halted\nactual: running\n",
		code_info(VM_BAD_POWER_STATE)->text);

	make_vm(VM_A, "web", "a.qcow2");
	make_vm(VM_B, "db", "b.qcow2");
	hv_mock_set_state(mock, VM_B, HV_RUNNING);
	cr_expect_eq(run(true, "vm-start is-control-domain=false --multiple", NULL), 1);
	expect_out(wanted);
	cr_expect_str_eq(str_text(&b.error), "");
	cr_expect_eq(
		run(true, "vm-list power-state=running is-control-domain=false --minimal", NULL),
		0);
	expect_out(VM_A "," VM_B "\n");
	cr_expect_eq(run(false, "vm-start is-control-domain=false --multiple", NULL), 5);
	cr_expect_eq(run(false, "vm-start is-control-domain=false --multiple --minimal", NULL), 5);
}

Test(uninstall, results_of_several_come_last_first)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_free_ char *line = NULL;

	make_vm(VM_A, "web", "a.qcow2");
	make_vm(VM_B, "db", "b.qcow2");
	cr_assert_eq(run(true, "vm-snapshot new-name-label=s --multiple --minimal", NULL), 0, "%s",
		str_text(&b.error));
	strv_split(&uuids, str_text(&b.out), ',');
	cr_assert_eq(uuids.n, 2);
	line = xasprintf("snapshot-list uuid=%s params=snapshot-of --minimal", uuids.items[0]);
	cr_expect_eq(run(true, line, NULL), 0);
	expect_out(VM_B "\n");
}

/* JSON and tables say whose snapshot it is, also of one VM; plain lines are the UUIDs alone. */
Test(uninstall, results_of_several_have_their_vm)
{
	static const char of_b[] = "\"vm-uuid\":\"" VM_B "\",\"vm-name-label\":\"db\"}";
	static const char of_a[] = "\"vm-uuid\":\"" VM_A "\",\"vm-name-label\":\"web\"}";

	make_vm(VM_A, "web", "a.qcow2");
	make_vm(VM_B, "db", "b.qcow2");
	cr_assert_eq(run(false, "vm-snapshot new-name-label=s --multiple --json", NULL), 0, "%s",
		str_text(&b.error));
	cr_expect(strstr(str_text(&b.out), "[{\"uuid\":\""), "%s", str_text(&b.out));
	cr_expect(strstr(str_text(&b.out), of_a), "%s", str_text(&b.out));
	cr_expect(strstr(str_text(&b.out), of_b), "%s", str_text(&b.out));
	cr_assert_eq(run(false, "vm-snapshot vm=web new-name-label=s --multiple --json", NULL), 0);
	cr_expect(strstr(str_text(&b.out), of_a), "%s", str_text(&b.out));
	cr_assert_eq(run(false, "vm-snapshot new-name-label=s --multiple --table", NULL), 0);
	cr_expect(strstr(str_text(&b.out), VM_B "  db"), "%s", str_text(&b.out));
	cr_assert_eq(run(false, "vm-snapshot new-name-label=s --multiple", NULL), 0);
	cr_expect_eq(strlen(str_text(&b.out)), (size_t)2 * 37, "%s", str_text(&b.out));
}

Test(uninstall, progress_lines_as_xe)
{
	_cleanup_str_ struct str wanted = { 0 };

	make_vm(VM_A, "web", "a.qcow2");
	cr_expect_eq(run(true, "vm-start vm=web --progress", NULL), 0);
	str_add(&wanted, "\r 100% | ");
	for (int i = 0; i < 70; i++)
		str_add(&wanted, "#");
	str_add(&wanted, "\n");
	expect_out("");
	cr_expect(str_ends(str_text(&b.error), str_text(&wanted)));
}
