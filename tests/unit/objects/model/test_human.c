/* SPDX-License-Identifier: MIT */
/* Sizes and ages as people say them. */
#include "objects/model/human.h"

#include "tests/unit/harness.h"

#include "objects/base/mem.h"
#include "tests/unit/leak.h"

TestSuite(human, .fini = no_leaks);

Test(human, sizes)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = { { 0, "0 B" }, { 1023, "1023 B" }, { 1024, "1.0 KiB" }, { 1536, "1.5 KiB" },
		{ (1 << 20) - 1, "1.0 MiB" }, { 40 << 20, "40.0 MiB" },
		{ INT64_C(1288490189), "1.2 GiB" }, { INT64_MAX, "8.0 EiB" } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *text = human_size(cases[i].bytes);

		cr_expect_str_eq(text, cases[i].text);
	}
}

Test(human, ages)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = { { -5, "0 s" }, { 59, "59 s" }, { 60, "1 min" }, { 3599, "59 min" },
		{ 3600, "1 h" }, { 2 * 86400 - 1, "47 h" }, { 2 * 86400, "2 d" },
		{ 99 * 86400, "99 d" }, { 100 * 86400, "3 mo" }, { 729 * 86400, "24 mo" },
		{ INT64_C(800) * 86400, "2 y" } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *text = human_age(cases[i].seconds);

		cr_expect_str_eq(text, cases[i].text);
	}
}

Test(human, spans)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = { { 59, "59 s" }, { 3599, "59 min" }, { 3600, "1 h 0 min" },
		{ 7980, "2 h 13 min" }, { 86399, "23 h 59 min" },
		{ 86400 * 3 + 4 * 3600, "3 d 4 h" } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *text = human_span(cases[i].seconds);

		cr_expect_str_eq(text, cases[i].text);
	}
}
