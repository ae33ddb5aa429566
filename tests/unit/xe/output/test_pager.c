/* SPDX-License-Identifier: MIT */
/* When a text goes through a pager, and with which words it is called. */
#include "xe/output/pager.h"

#include <string.h>

#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "xe/args/environment.h"

TestSuite(pager, .fini = no_leaks);

static char *called; /* the words of the pager that was called, each in brackets; owned */
static int answer;

static int fake_page(void *ctx, const char *const *argv, const char *text, size_t n)
{
	_cleanup_str_ struct str words = { 0 };

	(void)ctx;
	cr_expect_eq(strlen(text), n);
	for (; *argv; argv++)
		str_addf(&words, "[%s]", *argv);
	free(called);
	called = str_steal(&words);
	return answer;
}

/* What is printed without a pager of a text on a terminal of 10 columns and @rows lines. Owned. */
static char *printed(size_t rows, const char *command, const char *text)
{
	_cleanup_io_buffer_ struct io_buffer b = { .columns = 10 };
	struct io io = io_buffered(&b);
	struct pager p;

	io.rows = rows;
	io.page = fake_page;
	pager_begin(&p, &io);
	cr_assert_eq(p.io.out(p.io.ctx, text, strlen(text)), 0);
	cr_assert_eq(b.out.len, 0);
	cr_assert_eq(pager_end(&p, command), 0);
	return xstrdup(str_text(&b.out));
}

Test(pager, only_what_is_too_long_goes_through_it)
{
	static const struct {
		size_t rows;
		const char *command, *text, *words;
		int answer;
	} cases[] = {
		{ 4, "less", "1\n2\n3\n", NULL, 0 },
		{ 3, "less", "1\n2\n3\n", "[less]", 0 },
		{ 3, " less  -F -X ", "1\n2\n3\n", "[less][-F][-X]", 0 },
		{ 3, "less", "0123456789a\n3\n", "[less]", 0 },
		{ 3, "less",
			"\xc3\xbc"
			"123456789\n2\n",
			NULL, 0 },
		{ 3, NULL, "1\n2\n3\n", NULL, 0 },
		{ 0, "less", "1\n2\n3\n", NULL, 0 },
		{ 3, "gone", "1\n2\n3\n", "[gone]", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		answer = cases[i].answer;

		_cleanup_free_ char *text = printed(cases[i].rows, cases[i].command, cases[i].text);
		bool paged = cases[i].words && !answer;

		cr_expect_str_eq(text, paged ? "" : cases[i].text, "case %zu", i);
		cr_expect(str_eq(called, cases[i].words), "case %zu: %s", i, called);
		free(called);
		called = NULL;
	}
}

static const char *of_map(void *ctx, const char *name)
{
	return map_get(ctx, name);
}

Test(pager, the_setting_counts_before_the_variable)
{
	static const struct {
		const char *own, *pager, *term, *wanted;
	} cases[] = {
		{ NULL, NULL, "xterm", "less" },
		{ NULL, "more", "xterm", "more" },
		{ "most", "more", "xterm", "most" },
		{ "", "more", "xterm", NULL },
		{ "cat", "more", "xterm", NULL },
		{ NULL, "", "xterm", NULL },
		{ "most", NULL, "dumb", NULL },
		{ "most", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct map values = { 0 };
		const struct settings from = { of_map, &values };

		if (cases[i].own)
			map_set(&values, "VXE_PAGER", cases[i].own);
		if (cases[i].pager)
			map_set(&values, "PAGER", cases[i].pager);
		if (cases[i].term)
			map_set(&values, "TERM", cases[i].term);
		const char *pager = environment_pager(&from);

		cr_expect(str_eq(pager, cases[i].wanted), "case %zu: %s", i, pager);
		map_clear(&values);
	}
}
