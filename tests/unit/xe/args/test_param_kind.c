/* SPDX-License-Identifier: MIT */
/* The types of parameters: what each accepts and refuses, and how people see it. */
#include "xe/args/param_kind.h"

#include "tests/unit/leak.h"

TestSuite(param_kind, .fini = no_leaks);

static const struct param_kind old_word = { "type", PARAM_WORD,
	.words =
		&(const struct enum_table){ .names = (const struct enum_name[]){ { "Disk", "disk" },
						    { "CD", "cd" }, { NULL, NULL } } } };
static const struct param_kind exact_word = { "type", PARAM_WORD,
	.words = &(const struct enum_table){ .names = (const struct enum_name[]){ { "user", NULL },
						     { NULL, NULL } } },
	.refusal = "Unknown type: ", .exact = true };
static const struct param_kind natural = { "n", PARAM_NUMBER, .refusal = "no", .natural = true };
static const struct param_kind number = { .name = "n", .type = PARAM_NUMBER };
static const struct param_kind time_kind = { .name = "t", .type = PARAM_TIME };
static const struct param_kind seconds = { .name = "s", .type = PARAM_SECONDS };
static const struct param_kind flag = { .name = "f", .type = PARAM_FLAG };
static const struct param_kind given = { .name = "f", .type = PARAM_GIVEN };

static const struct {
	const struct param_kind *kind;
	const char *text, *error; /* NULL: accepted */
	int64_t value;
} cases[] = {
	{ &old_word, "CD", NULL, 1 },
	{ &old_word, "cd", NULL, 1 },
	{ &old_word, "Tape", "Expected one of 'disk', 'cd', got tape", 0 },
	{ &exact_word, "user", NULL, 0 },
	{ &exact_word, "User", "Unknown type: User", 0 },
	{ &number, "-3", NULL, -3 },
	{ &number, "3 ", "Failed to parse parameter 'n': expecting an integer", 0 },
	{ &natural, "3", NULL, 3 },
	{ &natural, "-3", "no", 0 },
	{ &time_kind, "20250101T00:00:00Z", NULL, 1735689600 },
	{ &time_kind, "2025-01-01T00:00:00Z", NULL, 1735689600 },
	{ &time_kind, "yesterday",
		"Invalid timestamp format for 't' (expected one like 2025-01-01T00:00:00Z)", 0 },
	{ &seconds, "1.5", NULL, 1 },
	{ &seconds, "1.5s", "Failed to parse parameter 's': expecting a float", 0 },
	{ &seconds, "", "Failed to parse parameter 's': expecting a float", 0 },
	{ &flag, "Yes", NULL, 0 },
	{ &flag, "maybe",
		"Failed to parse parameter 'f': Expected "
		"'true','t','yes','y','1','false','f','no','n','0' got maybe",
		0 },
	{ &given, "maybe", NULL, 0 },
};

Test(param_kind, each_type_accepts_and_refuses)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct param_kind *kind = cases[i].kind;
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_params_ struct params p = { 0 };

		cr_expect_eq(param_check(kind, &p, false, &err), 0, "absent is fine");
		params_add(&p, kind->name, cases[i].text);
		cr_expect_eq(param_check(kind, &p, false, &err), cases[i].error ? -1 : 0, "%s: %s",
			kind->name, cases[i].text);
		if (cases[i].error)
			cr_expect_str_eq(err.params[0], cases[i].error);
		else if (kind->type == PARAM_WORD || kind->type == PARAM_NUMBER ||
			kind->type == PARAM_TIME)
			cr_expect_eq(param_value(kind, cases[i].text), cases[i].value);
	}
}

Test(param_kind, a_kind_of_the_command_hides_the_one_of_the_list)
{
	static const struct param_kind own = { "force", PARAM_GIVEN, .meaning = "Own." };
	const struct param_kind *const kinds[] = { &own, NULL };

	cr_expect_eq(param_kind_find(kinds, "force"), &own);
	cr_expect_eq(param_kind_find(NULL, "force")->type, PARAM_FLAG);
	cr_expect_eq(param_kind_find(kinds, "sr-uuid")->type, PARAM_UUID);
	cr_expect_null(param_kind_find(kinds, "no-such-name"));
}

Test(param_kind, the_list_is_sorted_and_says_what_each_name_means)
{
	for (const struct param_kind *k = param_kinds; k->name; k++) {
		cr_expect(str_ends(k->meaning, ".") || str_ends(k->meaning, "..."), "%s", k->name);
		cr_expect_eq(k->type == PARAM_MAP, str_ends(k->name, ":") || str_ends(k->name, "-"),
			"%s", k->name);
		cr_expect_eq(param_kind_find(NULL, k->name), k, "%s is out of order", k->name);
	}
}

Test(param_kind, how_people_see_it)
{
	_cleanup_free_ char *word = param_usage(&old_word, false);
	_cleanup_free_ char *map = param_usage(param_kind_find(NULL, "other-config:"), false);
	_cleanup_free_ char *format = param_usage(param_kind_find(NULL, "format"), false);

	cr_expect_str_eq(word, "type=disk|cd");
	cr_expect_str_eq(map, "other-config:KEY=VALUE");
	cr_expect_str_eq(format, "format=raw|vhd|qcow2");
}
