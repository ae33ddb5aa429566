/* SPDX-License-Identifier: MIT */
/*
 * Whole commands that need no guest: every byte of the output and the exit status are compared with
 * tests/golden/commands.txt. A case of that file is
 *
 *	$ vm-list name-label=web	the words; "$ vxe: ..." runs as `vxe`, else as `xe`
 *	|a line of stdout|
 *	!a line of stderr|
 *	= 0
 *
 * GOLDEN_UPDATE=1 writes the present output to the file; review the difference then.
 */
#include "tests/unit/world.h"

#include "tests/unit/program_run.h"

#include <json-c/json.h>

TestSuite(commands, .init = world_make, .fini = world_free);

#define GOLDEN "tests/golden/commands.txt"

static void add_lines(struct str *to, char mark, const struct str *from)
{
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, str_text(from), '\n');
	for (size_t i = 0; i < lines.n; i++)
		/* The piece after the last newline is not a line. */
		if (i + 1 < lines.n || *lines.items[i])
			str_addf(to, "%c%s|\n", mark, lines.items[i]);
}

/* The output of a case in the form of the file. */
static char *outcome(const char *line, const char *const *answers)
{
	bool as_xe = !str_starts(line, "vxe: ");
	_cleanup_io_buffer_ struct io_buffer b = { .answers = answers };
	struct str text = { 0 };
	int status = run_line(&b, (struct program){ .as_xe = as_xe, .session = world },
		as_xe ? line : line + strlen("vxe: "));

	str_addf(&text, "$ %s\n", line);
	add_lines(&text, '|', &b.out);
	add_lines(&text, '!', &b.error);
	str_addf(&text, "= %d\n", status);
	return str_steal(&text);
}

static void write_golden(const struct str *text)
{
	FILE *f = fopen(GOLDEN, "w");

	cr_assert_neq(f, NULL);
	cr_assert_eq(fwrite(str_text(text), 1, text->len, f), text->len);
	cr_assert_eq(fclose(f), 0);
}

/* Later versions of json-c print an empty array as one word. */
static void as_json_c_prints(struct str *text)
{
	static const char two_lines[] = "[|\n|    ]";
	struct json_object *none = json_object_new_array();
	bool one = str_eq(json_object_to_json_string_ext(none, JSON_C_TO_STRING_PRETTY), "[]");
	_cleanup_free_ char *old = str_steal(text);
	const char *from = old, *at;

	json_object_put(none);
	for (; one && (at = strstr(from, two_lines)); from = at + strlen(two_lines)) {
		str_add_bytes(text, from, (size_t)(at - from));
		str_add(text, "[]");
	}
	str_add(text, from);
}

Test(commands, golden)
{
	_cleanup_str_ struct str golden = { 0 }, all = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };
	size_t at = 0;

	read_text(GOLDEN, &golden);
	as_json_c_prints(&golden);
	strv_split(&lines, str_text(&golden), '\n');
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_free_ char *got = NULL;

		if (!str_starts(lines.items[i], "$ "))
			continue;
		got = outcome(lines.items[i] + 2, NULL);
		/* Start of the expected output: the start of the case. */
		at = (size_t)(strstr(str_text(&golden) + at, lines.items[i]) - str_text(&golden));
		if (!getenv("GOLDEN_UPDATE"))
			cr_expect(
				strncmp(str_text(&golden) + at, got, strlen(got)) == 0, "%s", got);
		at += strlen(lines.items[i]);
		str_add(&all, got);
	}
	if (getenv("GOLDEN_UPDATE"))
		write_golden(&all);
	else
		cr_expect_str_eq(str_text(&all), str_text(&golden));
}

/* docs/commands.md is the output of "vxe commands-doc". */
Test(commands, document_is_current)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct program p = { .name = "vxe", .io = &io };
	const char *const argv[] = { "commands-doc" };
	_cleanup_str_ struct str doc = { 0 };

	cr_assert_eq(program_run(&p, argv, 1), 0);
	read_text("docs/commands.md", &doc);
	cr_expect(str_eq(str_text(&b.out), str_text(&doc)),
		"stale: vxe commands-doc >docs/commands.md");
}
