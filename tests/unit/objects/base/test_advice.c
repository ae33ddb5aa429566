/* SPDX-License-Identifier: MIT */
/* Every code says what to do next, in words that are true of the catalogue. */
#include "objects/base/advice.h"

#include <string.h>

#include "tests/unit/leak.h"

TestSuite(next, .fini = no_leaks);

/* Codes without a next step of their own. */
static const struct {
	enum vxe_code code;
	const char *reason;
} silent[] = {
	{ CLI_FAILURE, "each has a text of its own, which says it" },
	{ CLI_VALUE, "the text says what the value may be" },
	{ CLI_USAGE, "the text names the wrong word, and often the right one" },
	{ CLI_PLAIN, "each has a text of its own, which says it" },
	{ CLI_SYNTAX, "the hint at the help follows" },
	{ CLI_UNKNOWN_COMMAND, "the hint at the help follows" },
	{ CLI_PARAM_MISSING, "the hint at the help follows" },
	{ VXE_PLANNED, "is never printed" },
	{ VXE_ELSEWHERE, "is never printed" },
	{ VXE_FAILPOINT, "exists only in test builds" },
};

static bool is_silent(enum vxe_code code)
{
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		if (silent[i].code == code)
			return true;
	return false;
}

Test(next, every_code_says_what_happened_and_what_to_do)
{
	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++) {
		const struct code_info *info = code_info((enum vxe_code)code);
		const char *next = code_next((enum vxe_code)code);

		if (is_silent((enum vxe_code)code)) {
			cr_expect_str_empty(next, "%s is on the list", info->name);
			continue;
		}
		cr_expect(str_ends(next, "."), "%s: \"%s\"", info->name, next);
		cr_expect(*info->text || info->shape == SHAPE_TEXT || info->shape == SHAPE_PLAIN,
			"%s has no text", info->name);
		cr_expect_str_neq(info->text, info->name, "a sentence, not a code");
	}
}

static bool has_param(const struct code_info *info, const char *name, size_t len)
{
	for (size_t i = 0; i < VXE_MAX_PARAMS && info->params[i]; i++)
		if (strlen(info->params[i]) == len && strncmp(info->params[i], name, len) == 0)
			return true;
	return false;
}

Test(next, only_parameters_of_the_code_are_filled_in)
{
	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++) {
		const struct code_info *info = code_info((enum vxe_code)code);
		const char *at = code_next((enum vxe_code)code);

		while ((at = strchr(at, '{'))) {
			size_t len = strcspn(++at, "?}");

			if (at[len] == '?') /* a parameter of a command: test_error_report.c */
				continue;
			cr_expect(at[len] && has_param(info, at, len), "%s: {%.*s}", info->name,
				(int)len, at);
		}
	}
}
