/* SPDX-License-Identifier: MIT */
/* snapshot-list --tree: a graph on a terminal, lines in a pipe. */
#include "xe/commands/snapshot_tree.h"

#include <string.h>

#include "objects/base/clock.h"
#include "tests/unit/example_world.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"

#define DAY INT64_C(86400)

static struct example_world world;

static void make_world(void)
{
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "no-snapshot");
	example_world_open(&world, &words, NULL);
}

static void free_world(void)
{
	clock_pretend(0);
	example_world_close(&world);
	no_leaks();
}

TestSuite(snapshot_tree, .init = make_world, .fini = free_world);

/* Runs a line; its output is at @b. */
static void run(struct io_buffer *b, const char *line)
{
	cr_assert_eq(run_line(b, (struct program){ .session = world.s }, line), 0, "%s: %s", line,
		str_text(&b->error));
}

static void act(const char *line)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };

	run(&b, line);
}

static void take(int64_t days_ago, const char *name, const char *more)
{
	_cleanup_free_ char *line =
		xasprintf("vm-snapshot vm=web \"new-name-label=%s\" %s", name, more);

	clock_pretend(-days_ago * DAY - 60);
	act(line);
	clock_pretend(0);
}

/* UUIDs are random: each group of 8 digits after two blanks becomes "uuid-uid". */
static void mask(char *text)
{
	for (char *p = text; (p = strstr(p, "  ")); p++)
		if (strspn(p + 2, "0123456789abcdef") == 8 && p[10] == ' ')
			memcpy(p + 2, "uuid-uid", 8);
}

static size_t longest_line(const char *text)
{
	size_t max = 0;

	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		size_t width = 0;

		for (const char *p = text; p < end; p++)
			width += (*p & 0xc0) != 0x80;
		max = width > max ? width : max;
	}
	return max;
}

static void expect_graph(bool unicode, size_t columns, const char *expected)
{
	_cleanup_io_buffer_ struct io_buffer b = { .columns = columns, .unicode = unicode };

	run(&b, "snapshot-list vm=web --tree");
	mask(b.out.data);
	cr_expect_str_eq(str_text(&b.out), expected);
	cr_expect_leq(longest_line(str_text(&b.out)), columns);
	cr_expect_not(strchr(str_text(&b.out), '\033'));
}

/* Three lines of snapshots: what leads to the present state goes straight down. */
static void grow(void)
{
	take(40, "installed", "");
	take(39, "first-try", "");
	take(38, "first-try-again", "");
	act("snapshot-revert vm=web snapshot=installed");
	take(30, "configured", "");
	take(29, "side", "");
	act("snapshot-revert vm=web snapshot=configured");
	take(3, "before upgrade", "");
}

Test(snapshot_tree, only_branches_are_indented)
{
	grow();
	expect_graph(true, 80,
		"web  halted\n"
		"● installed          uuid-uid    40 d         0 B\n"
		"├─● first-try        uuid-uid    39 d         0 B\n"
		"│ ● first-try-again  uuid-uid    38 d         0 B\n"
		"● configured         uuid-uid    30 d         0 B\n"
		"├─● side             uuid-uid    29 d         0 B\n"
		"● before upgrade     uuid-uid     3 d         0 B\n"
		"◉ now\n");
}

Test(snapshot_tree, what_is_beside_the_present_state_is_a_branch)
{
	take(40, "one", "");
	take(39, "two", "");
	take(38, "three", "");
	act("snapshot-revert vm=web snapshot=one");
	expect_graph(false, 80,
		"web  halted\n"
		"* one      uuid-uid    40 d         0 B\n"
		"|-* two    uuid-uid    39 d         0 B\n"
		"| * three  uuid-uid    38 d         0 B\n"
		"@ now\n");
}

Test(snapshot_tree, the_line_to_the_present_state_goes_down_also_if_a_branch_is_newer)
{
	take(40, "one", "");
	take(39, "two", "");
	act("snapshot-revert vm=web snapshot=one");
	take(38, "three", "");
	act("snapshot-revert vm=web snapshot=two");
	expect_graph(false, 80,
		"web  halted\n"
		"* one      uuid-uid    40 d         0 B\n"
		"|-* three  uuid-uid    38 d         0 B\n"
		"* two      uuid-uid    39 d         0 B\n"
		"@ now\n");
}

Test(snapshot_tree, first_snapshots_without_a_parent_branch_off_the_vm)
{
	take(40, "one", "");
	take(39, "two", "");
	act("snapshot-revert vm=web snapshot=one");
	take(38, "three", "");
	act("snapshot-destroy vm=web snapshot=one");
	expect_graph(false, 80,
		"web  halted\n"
		"|-* two  uuid-uid    39 d         0 B\n"
		"* three  uuid-uid    38 d         0 B\n"
		"@ now\n");
}

Test(snapshot_tree, thirty_snapshots_are_readable_in_80_columns)
{
	_cleanup_io_buffer_ struct io_buffer b = { .columns = 80, .unicode = true };
	size_t lines = 0;

	for (int i = 0; i < 30; i++) {
		_cleanup_free_ char *name = i == 10
			? xstrdup("the night before we tried the new release for the very first time")
			: xasprintf("day-%02d", i + 1);

		take(30 - i, name, "");
	}
	run(&b, "snapshot-list vm=web --tree");
	mask(b.out.data);
	for (const char *p = str_text(&b.out); (p = strchr(p, '\n')); p++)
		lines++;
	cr_expect_eq(lines, 32);
	cr_expect_leq(longest_line(str_text(&b.out)), 80);
	cr_expect(
		strstr(str_text(&b.out),
			"\n● day-10                                            uuid-uid    21 d         0 B\n"
			"● the night before we tried the new release for...  uuid-uid    20 d         0 B\n"
			"● day-12                                            uuid-uid    19 d         0 B\n"),
		"%s", str_text(&b.out));
}

Test(snapshot_tree, a_name_cannot_control_the_terminal)
{
	take(1, "\033[2Jgone", "");
	expect_graph(false, 80,
		"web  halted\n"
		"* \\x1B[2Jgone  uuid-uid    24 h         0 B\n"
		"@ now\n");
}

Test(snapshot_tree, a_pipe_gets_plain_lines)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };

	take(2, "one", "");
	take(1, "two", "");
	run(&b, "snapshot-list vm=web --tree");
	cr_expect(str_starts(str_text(&b.out), "web  " EXAMPLE_UUID(02) "\n  one  "), "%s",
		str_text(&b.out));
	cr_expect(strstr(str_text(&b.out), "\n    two  "));
	cr_expect(strstr(str_text(&b.out), "\n      (now)\n"));
}
