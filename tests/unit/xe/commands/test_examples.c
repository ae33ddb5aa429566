/* SPDX-License-Identifier: MIT */
/*
 * The worked examples of xe, called as `xe`: every row of tests/cli-examples.tsv in a world of its
 * own, stdout, stderr and exit status compared. The head of that file explains its columns.
 */
#include "tests/unit/example_world.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <string.h>

#include "objects/base/uuid.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"
#include "xe/model/command.h"
#include "xe/all_commands.h"
#include "xe/manual/help.h"

TestSuite(examples, .fini = no_leaks);

#define TABLE "tests/cli-examples.tsv"
#define DIFFERENCES "docs/differences.md"
#define N_EXAMPLES 150
#define MAX_ANSWERS 4

enum example_column { ID, STATE, WORLD, WORDS, OUT, ERROR, EXIT, N_COLUMNS };

/* The rows without comments and the line of column names. */
static void read_rows(struct strv *ret)
{
	_cleanup_str_ struct str text = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };

	read_text(TABLE, &text);
	strv_split(&lines, str_text(&text), '\n');
	for (size_t i = 0; i < lines.n; i++)
		if (lines.items[i][0] == 'E')
			strv_add(ret, lines.items[i]);
}

/* ---- what is wanted ------------------------------------------------------------------------- */

/* The text between the braces at @p; NULL if it is not one of the known words. */
static char *brace_word(const char *p)
{
	size_t len = strcspn(p + 1, "} \n");

	return *p == '{' && p[1 + len] == '}' ? xstrndup(p + 1, len) : NULL;
}

static enum vxe_code code_named(const char *name)
{
	for (int code = 1; code < VXE_N_CODES; code++)
		if (str_eq(code_info((enum vxe_code)code)->name, name))
			return (enum vxe_code)code;
	cr_assert_fail("no error is called %s", name);
	return 0;
}

static char *expansion(const char *word)
{
	return str_eq(word, "usage") ? help_usage("xe")
				     : xstrdup(code_info(code_named(word))->text);
}

/* \n and \\ become bytes; {usage} and {NAME OF A CODE} become texts; {uuid} and {any} stay. */
static char *wanted_text(const char *cell)
{
	struct str text = { 0 };

	for (const char *p = str_eq(cell, "-") ? "" : cell; *p; p++) {
		_cleanup_free_ char *word = brace_word(p);
		_cleanup_free_ char *known = NULL;

		if (word && !str_eq(word, "uuid") && !str_eq(word, "any")) {
			known = expansion(word);
			str_add(&text, known);
			p += strlen(word) + 1;
		} else if (*p == '\\') {
			str_add(&text, *++p == 'n' ? "\n" : "\\");
		} else {
			str_add_bytes(&text, p, 1);
		}
	}
	return str_steal(&text);
}

/* {uuid} stands for a UUID, {any} for a piece of a line. */
static bool matches(const char *wanted, const char *got)
{
	char uuid[37] = "";

	for (; *wanted; wanted++, got++) {
		if (str_starts(wanted, "{uuid}")) {
			snprintf(uuid, sizeof(uuid), "%.36s", got);
			return uuid_is_valid(uuid) && matches(wanted + 6, got + 36);
		}
		if (str_starts(wanted, "{any}")) {
			for (size_t n = 0; n <= strcspn(got, "\n"); n++)
				if (matches(wanted + 5, got + n))
					return true;
			return false;
		}
		if (*wanted != *got)
			return false;
	}
	return !*got;
}

/* ---- what comes out ------------------------------------------------------------------------- */

static void find_answers(struct strv *world, const char **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < world->n && n < MAX_ANSWERS; i++)
		if (str_starts(world->items[i], "answer:")) {
			ret[n] = world->items[i] + strlen("answer:");
			for (char *p = world->items[i]; *p; p++)
				*p = *p == '_' ? ' ' : *p;
			n++;
		}
}

struct outcome {
	struct io_buffer io;
	int status;
};

static void outcome_clear(struct outcome *o)
{
	io_buffer_clear(&o->io);
}

/* Files of examples lie in the world's directory. */
static void place_words(struct strv *argv, const char *dir)
{
	for (size_t i = 0; i < argv->n; i++) {
		char *word = argv->items[i], *at = strstr(word, "{dir}");

		if (!at)
			continue;
		argv->items[i] =
			xasprintf("%.*s%s%s", (int)(at - word), word, dir, at + strlen("{dir}"));
		free(word);
	}
}

static void run(const struct strv *row, struct outcome *ret)
{
	struct example_world w;
	_cleanup_strv_ struct strv world = { 0 }, argv = { 0 };
	const char *answers[MAX_ANSWERS + 1] = { 0 };
	const struct io io = io_buffered(&ret->io);

	strv_split(&world, row->items[WORLD], ' ');
	find_answers(&world, answers);
	ret->io.answers = answers;
	example_world_open(&w, &world, NULL);
	const struct program p = { .name = "xe", .as_xe = true, .io = &io, .session = w.s };

	if (!str_eq(row->items[WORDS], "-"))
		split_words(row->items[WORDS], &argv);
	place_words(&argv, w.dir);
	ret->status = program_run(&p, (const char *const *)argv.items, argv.n);
	example_world_close(&w);
	ret->io.answers = NULL;
}

static bool as_wanted(const struct strv *row, const struct outcome *o)
{
	_cleanup_free_ char *out = wanted_text(row->items[OUT]);
	_cleanup_free_ char *error = wanted_text(row->items[ERROR]);

	return matches(out, str_text(&o->io.out)) && matches(error, str_text(&o->io.error)) &&
		o->status == atol(row->items[EXIT]);
}

/* ---- the tests ------------------------------------------------------------------------------ */

static void show(const struct strv *row, const struct outcome *o)
{
	cr_expect_fail("%s: %s\nstdout:\n%s|\nstderr:\n%s|\nexit: %d", row->items[ID],
		row->items[WORDS], str_text(&o->io.out), str_text(&o->io.error), o->status);
}

static void check_row(const struct strv *row, const char *differences)
{
	_cleanup_(outcome_clear) struct outcome o = { 0 };
	_cleanup_free_ char *listed = xasprintf("| %s |", row->items[ID]);
	bool differs = str_eq(row->items[STATE], "differs");

	cr_expect_eq(differs || str_eq(row->items[STATE], "here"),
		strstr(differences, listed) != NULL, "%s: %s in " DIFFERENCES, row->items[ID],
		differs ? "not" : "wrongly");
	run(row, &o);
	if (as_wanted(row, &o) == differs)
		show(row, &o);
}

/* A row is pending only while its command does not exist. */
static bool is_pending(const struct strv *row, const struct commands *all)
{
	const char *state = row->items[STATE], *name = strchr(state, ' ');

	if (!str_starts(state, "pending "))
		return false;
	cr_expect_null(commands_find(all, name + 1), "%s is there, but %s is pending", name + 1,
		row->items[ID]);
	return true;
}

Test(examples, all_rows)
{
	_cleanup_str_ struct str differences = { 0 };
	_cleanup_strv_ struct strv rows = { 0 };
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, true);
	read_text(DIFFERENCES, &differences);
	read_rows(&rows);
	for (size_t i = 0; i < rows.n; i++) {
		_cleanup_strv_ struct strv row = { 0 };

		strv_split(&row, rows.items[i], '\t');
		cr_assert_eq(row.n, N_COLUMNS, "%s", rows.items[i]);
		if (!is_pending(&row, &all))
			check_row(&row, str_text(&differences));
	}
}

/* Rules of xe that no example shows, in the same columns. */
static const char *const more[] = {
	"message-priority\tsame\t-\tvm-start vm=web message-priority=6\t-\t"
	"Message: time={any}Z priority=5 name='VM_STARTED'\\n\\n\t0",
	"message-priority\tsame\t-\tvm-start vm=web message-priority=5\t-\t-\t0",
	"trace\tsame\t-\tvm-list bogus=1 --trace\t-\t"
	"Error: Unknown field 'bogus'\\nRaised CLI_FAILURE\\nBacktrace:\\n\t1",
	"trace\tsame\t-\tvm-list --trace params=uuid name-label=web --minimal\t"
	"00000002-0000-4000-8000-000000000002\\n\t-\t0",
	"trace\tsame\t-\tno-such-cmd --trace\t-\t"
	"Unknown command: no-such-cmd\\nFor usage run: 'xe help'\\n\t1",
	"event-wait\tsame\t-\tevent-wait class=vm name-label=web power-state=halted\t-\t-\t0",
	"quiesce\tsame\t-\tvm-snapshot-with-quiesce vm=web new-name-label=x\t-\t"
	"{VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED}\\nvm: " EXAMPLE_UUID(02) " (web)\\n"
									   "error: {any}\\n\t1",
	"event-wait\tsame\t-\tevent-wait class=host bogus=1\t-\tError: key missing: bogus\\n\t1",
};

Test(examples, more_rules)
{
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		_cleanup_strv_ struct strv row = { 0 };

		strv_split(&row, more[i], '\t');
		cr_assert_eq(row.n, N_COLUMNS);
		check_row(&row, "");
	}
}

/* Each number occurs once; a row that differs is followed by one with vxe's behaviour. */
Test(examples, none_is_missing)
{
	_cleanup_strv_ struct strv rows = { 0 };
	unsigned n = 0;
	bool differs = false;

	read_rows(&rows);
	for (size_t i = 0; i < rows.n; i++) {
		_cleanup_strv_ struct strv row = { 0 };
		_cleanup_free_ char *id = NULL;

		strv_split(&row, rows.items[i], '\t');
		n += !differs;
		id = xasprintf("E%03u", n);
		cr_expect_str_eq(row.items[ID], id);
		cr_expect_eq(differs, str_eq(row.items[STATE], "here"), "%s", id);
		differs = str_eq(row.items[STATE], "differs");
	}
	cr_expect_eq(n, N_EXAMPLES);
}
