/* SPDX-License-Identifier: MIT */
/* As `vxe`: sort= and limit= of lists, in every format, and the order of snapshot-list. */
#include "objects/queries/list_order.h"

#include <string.h>

#include "tests/unit/example_world.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"
#include "xe/all_commands.h"

static struct example_world world;

static int run(struct io_buffer *b, bool as_xe, const char *line)
{
	return run_line(b, (struct program){ .as_xe = as_xe, .session = world.s }, line);
}

static void must(const char *line)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };

	cr_assert_eq(run(&b, false, line), 0, "%s: %s", line, str_text(&b.error));
}

static void make_world(void)
{
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "disk");
	example_world_open(&world, &words, NULL);
	must("secret-create value=b");
	must("secret-create value=C");
	must("secret-create value=a");
}

static void free_world(void)
{
	example_world_close(&world);
	no_leaks();
}

TestSuite(order, .init = make_world, .fini = free_world);

static const struct {
	const char *line, *out;
} cases[] = {
	{ "secret-list --sort=value params=value --minimal", "a,b,C\n" },
	{ "secret-list --sort=-value params=value --minimal", "C,b,a\n" },
	{ "secret-list sort=value limit=2 params=value --minimal", "a,b\n" },
	{ "secret-list --limit=1 --sort=-value params=value --minimal", "C\n" },
	{ "secret-list --limit=0 --minimal", "\n" },
	{ "secret-list --limit=9 --sort=value params=value --minimal", "a,b,C\n" },
	{ "secret-list value=a --sort=-value params=value --minimal", "a\n" },
	{ "secret-list --sort=value --limit=2 params=value --json",
		"[\n  {\n    \"value\": \"a\"\n  },\n  {\n    \"value\": \"b\"\n  }\n]\n" },
	{ "secret-list --sort=-value --limit=2 params=value --table", "value\nC\nb\n" },
	{ "vm-list name-label:glob=w* params=name-label --minimal", "web\n" },
	{ "vm-list name-label:glob=w params=name-label --minimal", "\n" },
	{ "vm-list name-label:contains=b is-control-domain=false params=name-label --minimal",
		"web,db\n" },
	{ "vbd-list vm-name-label:glob=[v-x]e? params=vm-name-label --minimal", "web\n" },
	{ "snapshot-list snapshot-time=2026-01-01T10:00:00Z params=name-label --minimal", "s1\n" },
	{ "snapshot-list snapshot-time=20260101T10:00:00Z params=name-label --minimal", "s1\n" },
	{ "snapshot-list snapshot-time=2026-01-01T10:00:01Z --minimal", "\n" },
	{ "vdi-list --table params=virtual-size,name-label,sr-uuid",
		"virtual-size  name-label  sr-uuid\n8.0 GiB       disk0       local\n" },
	{ "vdi-list --table --bytes params=name-label,virtual-size",
		"name-label  virtual-size\ndisk0       8589934592\n" },
	{ "vbd-list vm=web --table params=vdi-uuid,vm-uuid", "vdi-uuid  vm-uuid\ndisk0     web\n" },
	{ "vm-list vm=web --table params=name-label,snapshot-time,affinity",
		"name-label  snapshot-time  affinity\nweb         never          \n" },
	{ "vm-list vm=web --table --utc params=name-label,snapshot-time",
		"name-label  snapshot-time\nweb         19700101T00:00:00Z\n" },
	{ "secret-list --sort=value --limit=1 params=value", "value ( RW)    : a\n\n\n" },
	{ "vm-list --sort=name_label is-control-domain=false params=name-label --minimal",
		"db,web\n" },
	{ "vm-list --sort=-name-label is-control-domain=false params=name-label --minimal",
		"web,db\n" },
	{ "vm-list --all --sort=name-label --limit=2 params=name-label --minimal",
		"base,Control domain on host: h1\n" },
	{ "vm-list --sort=snapshot-time --limit=0 --minimal", "\n" },
};

Test(order, lists_have_it)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 };

		cr_expect_eq(run(&b, false, cases[i].line), 0, "%s: %s", cases[i].line,
			str_text(&b.error));
		cr_expect_str_eq(
			str_text(&b.out), cases[i].out, "%s: %s", cases[i].line, str_text(&b.out));
	}
}

/* Numbers are no texts: 9 comes before 10. */
Test(order, is_that_of_the_type)
{
	_cleanup_io_buffer_ struct io_buffer up = { 0 }, down = { 0 };

	must("vm-param-set uuid=" EXAMPLE_UUID(02) " user-version=9");
	must("vm-param-set uuid=" EXAMPLE_UUID(03) " user-version=10");
	cr_assert_eq(
		run(&up, false, "vm-list is-control-domain=false --sort=user-version --minimal"),
		0);
	cr_expect_str_eq(str_text(&up.out), EXAMPLE_UUID(02) "," EXAMPLE_UUID(03) "\n");
	cr_assert_eq(
		run(&down, false, "vm-list is-control-domain=false --sort=-user-version --minimal"),
		0);
	cr_expect_str_eq(str_text(&down.out), EXAMPLE_UUID(03) "," EXAMPLE_UUID(02) "\n");
}

static const struct {
	const char *line, *error;
	bool as_xe;
	int status;
} wrong[] = {
	{ "vm-list --sort=nam-label", "there is no field 'nam-label'; the nearest is 'name-label'",
		false, EXIT_USAGE },
	{ "vm-list sort=-nam-label", "the nearest is 'name-label'", false, EXIT_USAGE },
	{ "vm-list --sort=", "there is no field ''", false, EXIT_USAGE },
	{ "vm-list --sort", "there is no field 'true'", false, EXIT_USAGE },
	{ "vm-list --limit=many", "Invalid limit (expected a number)", false, 2 },
	{ "vm-list --limit=-1", "Invalid limit (expected a number)", false, 2 },
	{ "vm-list limit=1 limit=2", "limit= is given twice", false, EXIT_USAGE },
	{ "snapshot-list --tree --sort=uuid", "A tree has its own order", false, EXIT_USAGE },
	{ "vm-start vm=web --sort=uuid", "vm-start does not know '--sort=uuid'", false,
		EXIT_USAGE },
	{ "vm-list sort=uuid", "Unknown field 'sort'", true, 1 },
	{ "vm-list --limit=1", "Unknown field 'limit=1'", true, 1 },
};

Test(order, what_it_cannot_be_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_io_buffer_ struct io_buffer b = { 0 };

		cr_expect_eq(run(&b, wrong[i].as_xe, wrong[i].line), wrong[i].status, "%s: %s",
			wrong[i].line, str_text(&b.error));
		cr_expect(strstr(str_text(&b.error), wrong[i].error), "%s: %s", wrong[i].line,
			str_text(&b.error));
		cr_expect_str_eq(str_text(&b.out), "", "%s", wrong[i].line);
	}
}

/* The list of each class knows both words, and sorts by each field without a failure. */
Test(order, every_class_sorts_by_each_of_its_fields)
{
	for (const struct view *v = views; v->prefix; v++)
		for (const struct field *f = v->cls->fields; f->name; f++) {
			_cleanup_io_buffer_ struct io_buffer b = { 0 };
			_cleanup_free_ char *line = xasprintf(
				"%s-list --sort=-%s --limit=1 params=uuid", v->prefix, f->name);

			if (f->flags & (F_HIDDEN | F_INTERNAL))
				continue;
			cr_expect_eq(run(&b, false, line), 0, "%s: %s", line, str_text(&b.error));
		}
}
