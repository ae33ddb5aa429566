/* SPDX-License-Identifier: MIT */
/*
 * Foreign text in all output for people: no byte of it controls a terminal, forges a line or
 * changes the direction of writing, and no text is long.
 */
#include "objects/base/escape.h"

#include <string.h>

#include "objects/session/session.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "xe/model/error_report.h"
#include "xe/output/terminal_text.h"

TestSuite(shown, .fini = no_leaks);

/* Foreign text: an escape, a line, C1 as UTF-8 and bare, marks of direction, invalid UTF-8. */
#define HOSTILE                                                                                    \
	"\x1b[2J\nError: "                                                                         \
	"forged\r\n\xc2\x9b\x31m\x9b\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f\xff"  \
	"\x7f"

/* Only newlines at the ends of lines as control characters; valid UTF-8. */
static void harmless(const char *text, const char *what)
{
	while (*text) {
		uint32_t code = 0;
		size_t n = utf8_character(text, &code);

		cr_assert(n && (code == '\n' || !shown_is_control(code)), "%s: U+%04X in %s", what,
			(unsigned)code, text);
		text += n;
	}
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static char *hostile(size_t times)
{
	struct str s = { 0 };

	for (size_t i = 0; i < times; i++)
		str_add(&s, i % 2 ? HOSTILE : "/x" HOSTILE);
	return str_steal(&s);
}

Test(shown, one_line_that_ends)
{
	static const struct {
		const char *text, *shown;
		size_t max;
	} cases[] = {
		{ "", "", 0 },
		{ "plain \xc3\xa4 \xe6\x9d\xb1", "plain \xc3\xa4 \xe6\x9d\xb1", 100 },
		{ "a\nb", "a\\x0Ab", 100 },
		{ "\xc2\x85", "\\xC2\\x85", 100 },
		{ "\xe2\x80\xae", "\\xE2\\x80\\xAE", 100 },
		{ "\\x0A", "\\x0A", 100 },
		{ "12345", "12345", 5 },
		{ "123456", "12...", 5 },
		{ "1\xc3\xa4\xc3\xa4\xc3\xa4", "1\xc3\xa4...", 6 },
		{ "1\n\n", "1...", 6 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *got = shown(cases[i].text, cases[i].max);

		cr_expect_str_eq(got, cases[i].shown, "%s", got);
	}
	for (size_t max = 0; max < 300; max++) {
		_cleanup_free_ char *text = hostile(9), *got = shown(text, max);

		cr_assert_leq(strlen(got), max < 3 ? 3 : max);
		harmless(got, "shown");
		_cleanup_free_ char *again = shown(got, SIZE_MAX);
		cr_assert_str_eq(again, got);
	}
}

static char *formatted(size_t max, const char *fmt, ...) _printf_(2, 3);
static char *formatted(size_t max, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = shown_vprintf(max, fmt, ap);
	va_end(ap);
	return text;
}

Test(shown, formats)
{
	_cleanup_free_ char *numbers =
		formatted(9, "%d %i %u %lld %zu %ld %x %05d %-3d| %c %.2f %% %hu", -1, 2, 3U, -4LL,
			(size_t)5, 6L, 0xabU, 42, 7, 'c', 1.5, (unsigned short)9);
	_cleanup_free_ char *strings =
		formatted(9, "one\n%s|%.3s|%.*s|%s", "a\nb", "abcdef", 2, "abcdef", "0123456789");
	_cleanup_free_ char *path = formatted(9, "%s", "/a/very/long/path");
	_cleanup_free_ char *stars = formatted(9, "%*d", 4, 1);

	cr_expect_str_eq(numbers, "-1 2 3 -4 5 6 ab 00042 7  | c 1.50 % 9");
	cr_expect_str_eq(strings, "one\na\\x0Ab|abc|ab|012345...");
	cr_expect_str_eq(path, "/a/very/long/path");
	cr_expect_str_eq(stars, "   1");
}

/* Every code of the catalogue, with long foreign parameters. */
static void show_errors(bool as_xe)
{
	_cleanup_free_ char *text = hostile(20000);

	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++) {
		const struct code_info *info = code_info((enum vxe_code)code);
		_cleanup_io_buffer_ struct io_buffer b = { 0 };
		const struct io io = io_buffered(&b);
		const struct report r = { .io = &io, .program = "xe", .as_xe = as_xe };
		_cleanup_error_ struct vxe_error err = { 0 };
		const char *params[VXE_MAX_PARAMS];
		size_t n = code_param_count((enum vxe_code)code), lines = 1 + n;

		for (size_t i = 0; i < VXE_MAX_PARAMS; i++)
			params[i] = i % 2 ? text + 2 : text;
		vxe_fill(&err, (enum vxe_code)code, params, n);
		error_note(&err, "%s", text);
		report_error(&r, &err);
		harmless(str_text(&b.error), info->name);
		/* As vxe what to do next follows. A plugin's lines are of a program of the host's own. */
		if (!as_xe || code == XENAPI_PLUGIN_FAILURE)
			continue;
		if (info->shape == SHAPE_RAW || info->shape == SHAPE_USAGE)
			lines = 2;
		else if (info->shape == SHAPE_TEXT || info->shape == SHAPE_PLAIN)
			lines = 1;
		cr_assert_eq(count_lines(str_text(&b.error)), lines + (code == INTERNAL_ERROR),
			"%s", info->name);
		cr_assert_leq(b.error.len, 6 * SHOWN_PATH, "%s", info->name);
	}
}

Test(shown, every_error)
{
	show_errors(false);
	show_errors(true);
}

Test(shown, composed_errors)
{
	_cleanup_error_ struct vxe_error text = { 0 }, internal = { 0 };
	_cleanup_free_ char *stranger = hostile(100), *name = shown(stranger + 2, SHOWN_TEXT);

	(void)vxe_fail_text(&text, "no %s", stranger + 2);
	(void)vxe_fail_internal(&internal, "%s of %d", stranger + 2, 7);
	harmless(text.params[0], "text");
	cr_expect_leq(strlen(text.params[0]), SHOWN_TEXT + 3);
	_cleanup_free_ char *whole = xasprintf("%s of 7", name);
	cr_expect_str_eq(internal.params[0], whole);
}

static void take(void *ctx, const char *text)
{
	str_add(ctx, text);
}

Test(shown, notices)
{
	_cleanup_str_ struct str said = { 0 };
	struct session s = { .ui = { .notice = take, .ctx = &said } };
	_cleanup_free_ char *name = hostile(100);

	session_notice(&s, "There is no network %s here.", name + 2);
	harmless(str_text(&said), "notice");
	cr_expect_eq(count_lines(str_text(&said)), 0);
	cr_expect_leq(said.len, SHOWN_TEXT + 32);
	cr_expect(strstr(str_text(&said), "... here."));
}

/* Names in lists keep their lines; nothing in them controls the terminal. */
Test(shown, lists)
{
	_cleanup_free_ char *text = hostile(3), *safe = text_safe(text);

	harmless(safe, "list");
	cr_expect_eq(count_lines(safe), count_lines(text));
}
