/* SPDX-License-Identifier: MIT */
/* UTF-8, as every writer of names reads it; rows of tables. */
#include "objects/base/str.h"

#include "tests/unit/leak.h"

TestSuite(str, .fini = no_leaks);

Test(str, characters_of_utf8)
{
	static const struct {
		const char *text;
		size_t length;
		uint32_t code;
	} cases[] = {
		{ "a", 1, 'a' },
		{ "", 1, 0 },
		{ "\x7f", 1, 0x7f },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xc3\xa4x", 2, 0xe4 },
		{ "\xdf\xbf", 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 0xe000 },
		{ "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		/* Bytes in the middle of one, cut ones, others in place of the rest. */
		{ "\x80", 0, 0 },
		{ "\xbf\xbf", 0, 0 },
		{ "\xc3", 0, 0 },
		{ "\xc3z", 0, 0 },
		{ "\xe2\x82", 0, 0 },
		{ "\xe2z\xac", 0, 0 },
		{ "\xf0\x9f\x98", 0, 0 },
		{ "\xf0\x9f\x98z", 0, 0 },
		/* Longer than need be, surrogates, beyond the last, no lead at all. */
		{ "\xc0\x80", 0, 0 },
		{ "\xc1\xbf", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 },
		{ "\xed\xbf\xbf", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 },
		{ "\xf5\x80\x80\x80", 0, 0 },
		{ "\xf8\x88\x80\x80\x80", 0, 0 },
		{ "\xff", 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t code = 0;

		cr_expect_eq(utf8_character(cases[i].text, &code), cases[i].length, "%zu", i);
		cr_expect_eq(code, cases[i].code, "%zu: U+%04X", i, code);
	}
}

Test(str, rows_by_name)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = { { "a", 1 }, { "b", 2 }, { "b", 3 } };

	cr_expect_eq(row_named(rows, ARRAY_LEN(rows), sizeof(*rows), "a"), &rows[0]);
	cr_expect_eq(row_named(rows, ARRAY_LEN(rows), sizeof(*rows), "b"), &rows[1], "the first");
	cr_expect_null(row_named(rows, ARRAY_LEN(rows), sizeof(*rows), "c"));
	cr_expect_null(row_named(rows, 0, sizeof(*rows), "a"));
}
