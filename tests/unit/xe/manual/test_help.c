/* SPDX-License-Identifier: MIT */
/* help in all its forms, through the whole program: none of them opens a session. */
#include <string.h>

#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "xe/model/command.h"
#include "xe/all_commands.h"
#include "xe/program_run.h"

TestSuite(help, .fini = no_leaks);

/* The output of @words on stdout. */
static char *help_as(bool as_xe, const char *words)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct session_config nowhere = { .store = "/nonexistent/store",
		.root = "/nonexistent" };
	const struct program p = {
		.name = as_xe ? "xe" : "vxe", .as_xe = as_xe, .io = &io, .config = &nowhere
	};
	_cleanup_strv_ struct strv argv = { 0 };

	strv_split(&argv, words, ' ');
	cr_expect_eq(program_run(&p, (const char *const *)argv.items, argv.n), 0);
	cr_expect_str_eq(str_text(&b.error), "");
	return str_steal(&b.out);
}

static char *help(const char *words)
{
	return help_as(true, words);
}

static void expect(char *got, const char *wanted)
{
	cr_expect_str_eq(got, wanted);
	free(got);
}

Test(help, unknown_commands_are_no_failure)
{
	expect(help("help no-such-cmd"), "Unknown command 'no-such-cmd'\n");
	expect(help("help --force"), "Unknown command 'force'\n");
	/* As xe, vxe's own commands do not exist. */
	expect(help("help check"), "Unknown command 'check'\n");
}

Test(help, minimal_names_the_command)
{
	expect(help("help vm-start --minimal"), "vm-start\n");
	expect(help("help vm-start vm-destroy --minimal"), "vm-destroy,vm-start\n");
}

Test(help, one_command_is_a_record)
{
	_cleanup_free_ char *text = help("help vm-destroy");

	expect(xasprintf("%s", text),
		"command name            : vm-destroy\n"
		"        reqd params     : uuid\n"
		"        optional params : \n"
		"        description     : Remove a VM but keep its disks.\n\n\n");
}

Test(help, vxe_says_what_each_parameter_takes_and_means)
{
	_cleanup_free_ char *text = help_as(false, "help vdi-export");

	cr_expect_neq(strstr(text,
			      "    format=raw|vhd|qcow2                "
			      "The format of the file. (default: raw)\n"),
		NULL, "%s", text);
	/* Where the command means something else by a name. */
	cr_expect_neq(
		strstr(text, "Print how far the work is. (default: false)\n"), NULL, "%s", text);
}

Test(help, vxe_says_what_is_required_and_what_else_there_is)
{
	_cleanup_free_ char *text = help_as(false, "help vif-param-set");

	cr_expect_neq(strstr(text, "The object. (required)\n"), NULL, "%s", text);
	/* Fields are parameters, too, and classes that nobody writes a guide for have examples. */
	cr_expect_neq(strstr(text, "\n    other-config:KEY=VALUE             "), NULL, "%s", text);
	cr_expect_neq(strstr(text, "\n    vxe vif-param-set uuid=VIF-UUID other-config:note=ops\n"),
		NULL, "%s", text);
	cr_expect_neq(strstr(text, "see also        : vif-list, "), NULL, "%s", text);
}

Test(help, xe_has_neither_defaults_nor_examples)
{
	_cleanup_free_ char *text = help("help vdi-export");

	cr_expect_null(strstr(text, "default: "), "%s", text);
	cr_expect_null(strstr(text, "examples"), "%s", text);
	cr_expect_null(strstr(text, "see also"), "%s", text);
}

Test(help, selectors_stand_at_the_end)
{
	_cleanup_free_ char *text = help("help vm-start");

	cr_expect_neq(strstr(text, "optional params : force, on, paused, <vm-selectors>\n"), NULL);
}

Test(help, lists_offer_their_fields)
{
	_cleanup_free_ char *text = help("help vm-list");

	cr_expect_neq(strstr(text, "optional params : params, uuid, name-label, "), NULL);
	cr_expect_neq(strstr(text, "tags:contains"), NULL);
	/* A hidden field is not listed. */
	cr_expect_null(strstr(text, "nomigrate"));
}

Test(help, settings_offer_what_can_be_set)
{
	_cleanup_free_ char *text = help("help vm-param-set");

	cr_expect_neq(strstr(text, "reqd params     : uuid\n"), NULL);
	cr_expect_neq(strstr(text, "optional params : name-label, name-description, "), NULL);
	cr_expect_neq(strstr(text, "other-config:"), NULL);
	cr_expect_null(strstr(text, "power-state"));
}

/* The words of a block, in the order in which they stand. */
static void words_of(const char *text, struct strv *ret)
{
	_cleanup_strv_ struct strv lines = { 0 };
	const char *list = strstr(text, ":\n\n");

	cr_assert_neq(list, NULL);
	strv_split(&lines, list + 3, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_strv_ struct strv words = { 0 };

		if (!*lines.items[i] || str_eq(lines.items[i], "    "))
			continue;
		cr_expect(str_starts(lines.items[i], "    "));
		cr_expect_leq(strlen(lines.items[i]), 76);
		cr_expect_not(str_ends(lines.items[i], ","));
		strv_split(&words, lines.items[i] + 4, ',');
		for (size_t j = 0; j < words.n; j++)
			strv_add(ret, words.items[j] + (j > 0));
	}
}

Test(help, all_is_three_blocks_of_the_same_names)
{
	_cleanup_free_ char *text = help("help --all"), *names = help("help --all --minimal");
	_cleanup_strv_ struct strv listed = { 0 }, minimal = { 0 };

	words_of(text, &listed);
	cr_expect(str_starts(listed.items[0], "host-"));
	strv_sort(&listed);
	names[strlen(names) - 1] = '\0';
	strv_split(&minimal, names, ',');
	cr_assert_eq(listed.n, minimal.n);
	for (size_t i = 0; i < minimal.n; i++)
		cr_expect_str_eq(listed.items[i], minimal.items[i]);
}

Test(help, everyday_list)
{
	_cleanup_free_ char *text = help("help"), *names = help("help --minimal");
	_cleanup_strv_ struct strv listed = { 0 };

	words_of(text, &listed);
	cr_expect(strv_has(&listed, "vm-start"));
	cr_expect(strv_has(&listed, "network-list"));
	cr_expect_not(strv_has(&listed, "vm-destroy"));
	cr_expect_not(strv_has(&listed, "check"));
	cr_expect_not(strv_has(&listed, "self-test"));
	cr_expect(str_starts(names,
		"cd-list,diagnostic-vdi-status,diagnostic-vm-status,network-list,snapshot-clone,"));
}

/* One screen of 24 lines and 80 columns, of which the shell's prompt needs one; all commands exist. */
Test(help, vxe_shows_everyday_commands_on_one_screen)
{
	_cleanup_free_ char *text = help_as(false, "help");
	_cleanup_commands_ struct commands all = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };
	size_t n = 0;

	commands_init(&all, false);
	strv_split(&lines, text, '\n');
	cr_expect_leq(lines.n, 24);
	for (size_t i = 0; i < lines.n; i++) {
		char *name = lines.items[i];

		cr_expect_leq(strlen(name), 80, "%s", name);
		if (!str_starts(name, "  "))
			continue;
		for (name += 13; *name != ' '; name += strspn(name, ", ")) {
			size_t len = strcspn(name, ", ");
			_cleanup_free_ char *one = xstrndup(name, len);

			cr_expect_not_null(commands_find(&all, one), "%s", one);
			n++;
			name += len;
			if (*name != ',')
				break;
		}
	}
	cr_expect(n >= 20 && n <= 30, "%zu", n);
	cr_expect(strstr(text, "\n  snapshot   vm-snapshot, vm-checkpoint "), "%s", text);
}

Test(help, a_topic_lists_the_commands_of_its_area)
{
	_cleanup_free_ char *disks = help_as(false, "help disks");
	_cleanup_free_ char *vbd = help_as(false, "help vbd");
	_cleanup_free_ char *names = help_as(false, "help network --minimal");
	_cleanup_free_ char *scripts = help_as(false, "help scripts");
	_cleanup_free_ char *snapshot = help_as(false, "snapshot --help");

	cr_expect(str_starts(disks, "A VDI is a disk. "));
	cr_expect(
		strstr(disks, "\n  vdi-resize                    Make a disk larger"), "%s", disks);
	cr_expect_null(strstr(disks, "vdi-param-set "));
	cr_expect_null(strstr(disks, "network-create"));
	cr_expect_str_eq(vbd, disks);
	cr_expect(strstr(names, "network-create,network-destroy,"), "%s", names);
	cr_expect(strstr(scripts, "\n  --tsv "));
	cr_expect(strstr(scripts, "\n  vm-wait "));
	cr_expect(strstr(snapshot, "\n  snapshot-revert "));
	expect(help("help disks"), "Unknown command 'disks'\n");
	expect(help("help scripts"), "Unknown command 'scripts'\n");
}

Test(help, an_unknown_topic_leads_to_those_that_there_are)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct program p = { .name = "vxe", .io = &io };
	const char *const words[] = { "help", "nonsense" };

	cr_expect_eq(program_run(&p, words, 2), 2);
	cr_expect_str_eq(str_text(&b.error),
		"Error: Unknown command: nonsense\n"
		"The topics are vm, snapshot, schedule, template, archive, disk, storage, network, "
		"host, other, scripts.\n"
		"For usage run: 'vxe help'\n");
}

Test(help, every_command_is_complete)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		cr_expect_not(str_is_empty(all.items[i].help), "%s", all.items[i].name);
		cr_expect_neq(all.items[i].run, NULL);
		cr_expect_eq(commands_find(&all, all.items[i].name), &all.items[i]);
	}
	cr_expect_null(commands_find(&all, "vm-lis"));
}
