/* SPDX-License-Identifier: MIT */
/* The keys that are filters, and the meaning of the number of matches. */
#include "xe/model/select.h"

#include "tests/unit/leak.h"
#include "xe/all_commands.h"

TestSuite(select, .fini = no_leaks);

/* The filters of @command with @words, joined by '|'. */
static char *filters_of(const char *command, const char *words, bool as_xe)
{
	_cleanup_commands_ struct commands all = { 0 };
	_cleanup_params_ struct params params = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_filters_ struct filters filters = { 0 };
	_cleanup_strv_ struct strv list = { 0 }, texts = { 0 };
	_cleanup_free_ char *name = NULL, *line = xasprintf("%s %s", command, words);
	struct call c = { .as_xe = as_xe, .params = &params };

	commands_init(&all, as_xe);
	c.command = commands_find(&all, command);
	cr_assert_neq(c.command, NULL);
	strv_split(&list, line, ' ');
	cr_assert_eq(server_parse(&list, list.n, &name, &params, &err), 0);
	select_filters(&c, &filters);
	for (size_t i = 0; i < filters.n; i++)
		strv_take(&texts, xasprintf("%s=%s", filters.items[i].key, filters.items[i].value));
	return strv_join(&texts, "|");
}

static const struct {
	const char *command, *words;
	bool as_xe;
	const char *filters;
} cases[] = {
	{ "vm-start", "vm=web", true, "" },
	{ "vm-start", "name-label=web power-state=halted", true,
		"name-label=web|power-state=halted" },
	{ "vm-start", "name-label=a name-label=b", true, "name-label=a|name-label=b" },
	/* The command's own keys, the standard keys, and these with a part after ':'. */
	{ "vm-start", "on=h paused=true force=1 --progress", true, "" },
	{ "vm-start", "--multiple --minimal all=true trace=x message-priority=1", true, "" },
	{ "vm-start", "on:x=1 tags:contains=prod", true, "tags:contains=prod" },
	{ "vm-start", "--force=x --live", true, "force=x=true|live=true" },
	/* new-name-label is vm-snapshot's own, not vm-start's. */
	{ "vm-snapshot", "new-name-label=n vm=web", true, "" },
	{ "vm-start", "new-name-label=n", true, "new-name-label=n" },
	/* Only commands that show progress know the key. */
	{ "vm-uninstall", "--progress", true, "progress=true" },
	/* As xe, vxe's own keys are filters. */
	{ "vm-uninstall", "--dry-run --json", true, "dry-run=true|json=true" },
	{ "vm-uninstall", "--dry-run --json", false, "" },
};

Test(select, filters_are_what_is_left)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *filters =
			filters_of(cases[i].command, cases[i].words, cases[i].as_xe);

		cr_expect_str_eq(filters, cases[i].filters);
	}
}

static void expect_error(size_t n, bool multiple, enum vxe_code code, const char *text)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_expect_eq(select_check(n, multiple, &err), -1);
	cr_expect_eq(err.code, code);
	cr_expect_str_eq(err.params[0], text);
}

Test(select, matches)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	expect_error(0, false, CLI_NO_MATCH, "No matching VMs found");
	expect_error(0, true, CLI_NO_MATCH, "No matching VMs found");
	expect_error(2, false, CLI_AMBIGUOUS,
		"Multiple matches VMs found. --multiple required to complete the operation");
	cr_expect_eq(select_check(1, false, &err), 0);
	cr_expect_eq(select_check(2, true, &err), 0);
}
