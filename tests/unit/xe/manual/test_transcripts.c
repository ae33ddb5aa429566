/* SPDX-License-Identifier: MIT */
/*
 * The transcripts of errors in docs/troubleshooting.md: each block below "As it is printed" is typed in a world of its
 * own, and prints what the page says; UUIDs stand for any. GOLDEN_UPDATE=1 writes into the page what is printed.
 */
#include "xe/program_run.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "objects/base/error.h"
#include "tests/unit/example_world.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"

#define PAGE "docs/troubleshooting.md"
#define PROMPT "$ vxe "

TestSuite(transcripts, .fini = no_leaks);

/*
 * Codes without a transcript, one a line: another program, a broken image, a full disk, a libvirt that is away or of
 * another kind is needed for them. The page has their texts below "Each code". The list is no file of tests/unit, whose
 * files are searched for tests of each code.
 */
#define ELSEWHERE "tests/no-transcript.list"

/* ---- one block -------------------------------------------------------------------------------- */

static int type_line(struct example_world *w, const char *line, const char *more, struct str *ret)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	_cleanup_strv_ struct strv argv = { 0 };
	_cleanup_free_ char *whole = xasprintf("%s%s", line, more);
	const struct io io = io_buffered(&b);
	const struct program p = { .name = "vxe", .io = &io, .session = w->s };

	strv_split(&argv, whole, ' ');
	int status = program_run(&p, (const char *const *)argv.items, argv.n);

	str_add(ret, str_text(&b.out));
	str_add(ret, str_text(&b.error));
	return status;
}

/* Puts "/srv" for the folder of the world. Owned. */
static char *placed(const char *text, const char *dir)
{
	struct str s = { 0 };

	while (*text)
		if (strncmp(text, dir, strlen(dir)) == 0) {
			str_add(&s, "/srv");
			text += strlen(dir);
		} else
			str_add_bytes(&s, text++, 1);
	return str_steal(&s);
}

static size_t uuid_at(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	while (form[i] && (form[i] == '-' ? text[i] == '-' : isxdigit((unsigned char)text[i])))
		i++;
	return form[i] ? 0 : i;
}

static bool is_same(const char *a, const char *b)
{
	while (*a && *b) {
		size_t ua = uuid_at(a), ub = uuid_at(b);

		if (ua && ub) {
			a += ua;
			b += ub;
		} else if (*a++ != *b++)
			return false;
	}
	return *a == *b;
}

/* A block: the code that the line above it names, and its lines. */
struct block {
	char *code;
	struct strv lines;
};

/* Types the commands of the block. @ret gets the block as it is printed; the last command fails with the code. */
static void play_block(const struct block *block, struct str *ret)
{
	_cleanup_strv_ struct strv words = { 0 };
	_cleanup_str_ struct str raw = { 0 }, json = { 0 };
	_cleanup_free_ char *error = xasprintf("{\"error\": \"%s\"", block->code);
	struct example_world w;
	const char *last = NULL;
	int status = 0;

	strv_add(&words, "disk");
	example_world_open(&w, &words, NULL);
	_cleanup_str_ struct str adopted = { 0 };

	cr_assert_eq(type_line(&w, "vm-list", "", &adopted), 0);
	for (size_t i = 0; i < block->lines.n; i++) {
		if (!str_starts(block->lines.items[i], PROMPT))
			continue;
		last = block->lines.items[i] + strlen(PROMPT);
		str_addf(&raw, "%s\n", block->lines.items[i]);
		status = type_line(&w, last, "", &raw);
	}
	cr_expect_neq(status, 0, "%s: the last command does not fail", block->code);
	if (last)
		type_line(&w, last, " --json", &json);
	cr_expect(strstr(str_text(&json), error), "%s: %s fails with %s", block->code, last,
		str_text(&json));
	_cleanup_free_ char *text = placed(str_text(&raw), w.dir);

	str_add(ret, text);
	example_world_close(&w);
}

/* ---- the page --------------------------------------------------------------------------------- */

static void check_block(const struct block *block, struct str *page)
{
	_cleanup_free_ char *said = strv_join(&block->lines, "\n");
	_cleanup_free_ char *wanted = xasprintf("%s\n", said);
	_cleanup_str_ struct str printed = { 0 };

	play_block(block, &printed);
	str_add(page, str_text(&printed));
	if (!getenv("GOLDEN_UPDATE"))
		cr_expect(is_same(str_text(&printed), wanted), "%s prints:\n%s", block->code,
			str_text(&printed));
}

/* "**CODE**: ..." is the line above a block. Owned; NULL: the line is none. */
static char *code_of(const char *line)
{
	const char *end = str_starts(line, "**") ? strstr(line + 2, "**") : NULL;

	return end ? xstrndup(line + 2, (size_t)(end - line - 2)) : NULL;
}

static void read_page(struct strv *codes, struct str *page)
{
	_cleanup_str_ struct str text = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };
	struct block block = { 0 };
	bool on = false, inside = false;

	read_text(PAGE, &text);
	strv_split(&lines, str_text(&text), '\n');
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.items[i];
		char *code = on && !inside ? code_of(line) : NULL;

		if (str_starts(line, "## "))
			on = str_eq(line, "## As it is printed");
		if (code) {
			free(block.code);
			block.code = code;
			strv_add(codes, code);
		}
		if (on && inside && str_eq(line, "```")) {
			check_block(&block, page);
			strv_clear(&block.lines);
			inside = false;
		} else if (inside) {
			strv_add(&block.lines, line);
			continue;
		} else if (on && str_eq(line, "```console"))
			inside = true;
		str_addf(page, "%s\n", line);
	}
	free(block.code);
}

Test(transcripts, are_what_is_printed, .timeout = 300)
{
	_cleanup_strv_ struct strv codes = { 0 }, elsewhere = { 0 };
	_cleanup_str_ struct str page = { 0 }, list = { 0 };

	read_page(&codes, &page);
	if (getenv("GOLDEN_UPDATE")) {
		FILE *f = fopen(PAGE, "we");

		cr_assert(f && fputs(str_text(&page), f) >= 0 && fclose(f) == 0);
	}
	read_text(ELSEWHERE, &list);
	strv_split(&elsewhere, str_text(&list), '\n');
	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++) {
		const char *name = code_info((enum vxe_code)code)->name;
		bool listed = strv_has(&elsewhere, name);

		cr_expect(strv_has(&codes, name) != listed, "%s %s", name,
			listed ? "has a transcript and is in " ELSEWHERE
			       : "has no transcript in " PAGE " and is not in " ELSEWHERE);
	}
}
