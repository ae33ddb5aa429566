/* SPDX-License-Identifier: MIT */
/* As `vxe` every word means something: what a row does not know is refused before anything is opened. */
#include "xe/words/word_check.h"

#include <string.h>

#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"
#include "xe/all_commands.h"
#include "xe/words/similar_word.h"
#include "xe/words/unknown_word.h"

TestSuite(words, .fini = no_leaks);

struct result {
	struct io_buffer io;
	int status;
};

static void result_clear(struct result *r)
{
	io_buffer_clear(&r->io);
}
#define _cleanup_result_ _cleanup_(result_clear)

static const char *error_of(struct result *r)
{
	return str_text(&r->io.error);
}

static void run(struct result *r, bool as_xe, const char *words, const char *extra)
{
	r->status = run_nowhere(&r->io, (struct program){ .as_xe = as_xe, .extra = extra }, words);
}

static void expect_unknown(const char *words)
{
	_cleanup_result_ struct result r = { 0 };

	run(&r, false, words, NULL);
	cr_expect_eq(r.status, EXIT_USAGE, "%s: %d", words, r.status);
	cr_expect_str_eq(str_text(&r.io.out), "", "%s", words);
	cr_expect(strstr(error_of(&r), " does not know '"), "%s: %s", words, error_of(&r));
	cr_expect(strstr(error_of(&r), "Nothing was done."), "%s", words);
}

/* ---- all rows -------------------------------------------------------------------------------- */

/* The words that a row needs so that its unknown ones are looked at in every case. */
static const char *context(const struct command *cmd)
{
	return cmd->flags & C_CONDITIONS ? " class=vm"
		: cmd->flags & C_KEYS	 ? " param-name=tags"
					 : "";
}

Test(words, made_up_ones_are_refused_by_every_command)
{
	static const char *const made_up[] = { "--made-upp", "made-upp=1", "made-upp:key=1",
		"made_upp=", "--made-upp=1" };
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	cr_assert_gt(all.n, 400);
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(made_up); k++) {
			_cleanup_free_ char *words = xasprintf(
				"%s%s %s", all.items[i].name, context(&all.items[i]), made_up[k]);

			expect_unknown(words);
		}
}

/* One letter less: refused, with the right name. */
Test(words, typing_mistakes_in_each_parameter_are_refused)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++)
		for (const struct param *p = all.items[i].params; p->name; p++) {
			size_t len = strlen(p->name), cut = len > 4 ? 3 : len - 1;
			bool map = str_ends(p->name, ":") || str_ends(p->name, "-");
			_cleanup_free_ char *key = xasprintf(
				"%.*szz%s%s", (int)cut, p->name, p->name + cut, map ? "x" : "");
			_cleanup_free_ char *words = xasprintf(
				"%s%s %s=1", all.items[i].name, context(&all.items[i]), key);

			if (!(p->flags & P_XE) && !(all.items[i].flags & C_WORDS))
				expect_unknown(words);
		}
}

/* Those that read leave no line in the journal: 170-journal. */
Test(words, lists_read_and_changes_do_not)
{
	static const char *const reads[] = { "-list", "-param-get", "-query", "-dumpxml", "-doc" };
	static const char *const changes[] = { "-create", "-destroy", "-uninstall", "-param-set",
		"-param-add", "-param-remove", "-param-clear", "-revert", "-export", "-import",
		"-start", "-shutdown", "-plug", "-unplug" };
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		const struct command *cmd = &all.items[i];

		for (size_t k = 0; k < ARRAY_LEN(reads); k++)
			cr_expect(!str_ends(cmd->name, reads[k]) || cmd->flags & C_READS, "%s",
				cmd->name);
		for (size_t k = 0; k < ARRAY_LEN(changes); k++)
			cr_expect(!str_ends(cmd->name, changes[k]) || !(cmd->flags & C_READS), "%s",
				cmd->name);
		cr_expect(!command_owns(cmd, "dry-run", false) || !(cmd->flags & C_READS) ||
				str_eq(cmd->name, "vmss-run"),
			"%s", cmd->name);
		cr_expect(cmd->flags & C_READS ||
				command_owns(cmd, "dry-run", false) == !cmd->unplanned,
			"%s", cmd->name);
	}
}

Test(words, those_of_the_row_are_known)
{
	_cleanup_commands_ struct commands all = { 0 };
	const struct params none = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++)
		for (const struct param *p = all.items[i].params; p->name; p++) {
			bool map = str_ends(p->name, ":") || str_ends(p->name, "-");
			_cleanup_free_ char *key = xasprintf("%s%s", p->name, map ? "key" : "");
			const struct word word = { .key = key };

			cr_expect_eq(words_know(&all.items[i], &none, &word), !(p->flags & P_XE),
				"%s %s", all.items[i].name, key);
		}
}

/* ---- what is said ---------------------------------------------------------------------------- */

static const struct {
	const char *words, *nearest;
} mistakes[] = {
	{ "vm-import filename=f sr-uid=x", "'sr-uuid'" },
	{ "vdi-create sr-uuid=x name-label=n virtual-size=1 sharabl=true", "'sharable'" },
	{ "snapshot-revert uuid=x --running", "'start=running'" },
	{ "snapshot-revert uuid=x --paused", "'start=paused'" },
	{ "snapshot-uninstall uuid=x --children-only --force", "'children=only'" },
	{ "vm-snapshot vm=web new-name-lable=x", "'new-name-label'" },
	{ "vm-start vn=web", "'on' or 'vm'" },
	{ "vm-start vm=web --mutliple", "'multiple'" },
	{ "vm-list name-lable=web", "'name-label'" },
	{ "vm-list --minmal", "'minimal'" },
	{ "vm-shutdown vm=web --for", "'force'" },
	{ "vm-param-set uuid=x name-lable=y", "'name-label'" },
	{ "vm-param-set uuid=x othr-config:key=y", "'other-config'" },
	{ "host-disable hots=x", "'host'" },
	{ "sr-create name-label=x type=file device-confg:location=/x", "'device-config:'" },
	{ "event-wait class=vm powerstate=halted", "'power-state'" },
};

Test(words, the_nearest_is_named)
{
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		_cleanup_result_ struct result r = { 0 };
		_cleanup_free_ char *wanted =
			xasprintf("the nearest that it knows is %s", mistakes[i].nearest);

		run(&r, false, mistakes[i].words, NULL);
		cr_expect_eq(r.status, EXIT_USAGE);
		cr_expect(strstr(error_of(&r), wanted), "%s: %s", mistakes[i].words, error_of(&r));
	}
}

/* Words, and a piece of the message. */
static const struct {
	const char *words, *text;
} refused[] = {
	{ "vm-list params=nam-label", "no field 'nam-label'; the nearest is 'name-label'" },
	{ "vm-list params=uuid,nam-label", "no field 'nam-label'" },
	{ "cd-list params=virtual-sise", "the nearest is 'virtual-size'" },
	{ "vm-disk-list vm=web vdi-params=virtual-sise", "the nearest is 'virtual-size'" },
	{ "vm-vif-list vm=web params=MAK", "the nearest is 'MAC'" },
	{ "vm-param-get uuid=x param-name=nam-label", "the nearest is 'name-label'" },
	{ "vm-list --bytes", "write --table, too" },
	{ "vlan-list tagged-PIF=eth0", "tagged-PIF= takes a UUID, and 'eth0' is none." },
	{ "vm-start power-state=haltet", "the nearest value is 'halted'" },
	{ "vm-list power-state=Running", "the nearest value is 'running'" },
	{ "vm-list is-a-template=yes", "is-a-template= is never 'yes'" },
	{ "vm-list tags:contain=prod", "Invalid syntax for set filtering" },
	{ "vm-start vm=a vm=b", "vm= is given twice" },
	{ "snapshot-revert uuid=a uuid=b", "uuid= is given twice" },
	{ "vm-start vm=a --force=true", "write force=true" },
	{ "vdi-export uuid=a filename=f --dry-run",
		"vdi-export does not know --dry-run: all that it does is to write that file." },
	{ "vm-list --dry-run", "vm-list does not know --dry-run: it only reads" },
	{ "cd-list sort=virtual-sise", "the nearest is 'virtual-size'" },
	{ "vm-disk-list vm=web sort=userdevice", "no field 'userdevice'" },
	{ "vdi-chain-list uuid=00000030-0000-4000-8000-000000000030 sort=-dept",
		"no column 'dept'; the nearest is 'depth'" },
	{ "vdi-chain-list uuid=00000030-0000-4000-8000-000000000030 --tree --limit=1",
		"A tree has its own order" },
	{ "vm-param-add uuid=x param-name=other-config --key", "does not know '--key'" },
	{ "vm-param-add uuid=x param-name=other-config --dryrun", "Write --dry-run" },
	{ "vm-param-add uuid=x param-name=tags param-key=a b=c", "does not know 'b'" },
	{ "snapshot-revert uuid=a snapshot-uuid=b", "name different snapshots" },
	{ "vm-install new-name-label=x template=a template-uuid=b", "name different templates" },
	{ "vm-install new-name-label=x template-name=a template-name-label=b",
		"name different templates" },
	{ "snapshot-revert uuid=a snapshot=b", "name different snapshots" },
	{ "snapshot-export-to-template filename=f snapshot-uuid=a snapshot=b",
		"name different snapshots" },
	{ "snapshot-export-to-template filename=f vm=a", "not found: snapshot-uuid" },
	{ "vdi-chain-list uuid=00000030-0000-4000-8000-000000000030 vm=b", "no VMs are selected" },
};

Test(words, what_nothing_can_mean_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		_cleanup_result_ struct result r = { 0 };

		run(&r, false, refused[i].words, NULL);
		cr_expect_eq(r.status, EXIT_USAGE, "%s", refused[i].words);
		cr_expect(strstr(error_of(&r), refused[i].text), "%s: %s", refused[i].words,
			error_of(&r));
		cr_expect_null(strstr(error_of(&r), "opened"), "%s", refused[i].words);
	}
}

/* They get as far as the store. */
static const char *const accepted[] = { "vm-list name_label=web", "vm-list params=name_label,uuid",
	"vm-list params=all", "vm-list tags:contains=prod", "vm-list other-config:owner=bob",
	"vm-list other-config-owner=bob", "vm-list name-label=a name-label=b",
	"vm-list snapshot-of=<none>", "vm-list power-state=", "vm-start vm=web --multiple",
	"vm-start name-label=web message-priority=5", "vm-list --all --minimal",
	"vm-param-add uuid=x param-name=other-config any=thing",
	"vm-param-set uuid=x other-config:any=thing name_label=y", "vdi-update uuid=x --force",
	"vm-snapshot vm=web new-name-label=x --dry-run --json", "host-disable host=h --multiple",
	"sr-create name-label=x type=file device-config:location=/x sm-config:a=b",
	"sr-create name-label=x type=file device-config-location=/x", "vm-start vm=a vm=a",
	"event-wait class=vm power-state=/=halted name-label=x", "vm-list trace=true",
	"vbd-list vm-name-label=x", "vm-param-add uuid=x param-name=other-config a=b --dry-run",
	"pbd-create host-uuid=x sr-uuid=y --dry-run", "cd-list --sort=-virtual-size limit=2",
	"vm-disk-list vm=web sort=name_label", "vdi-chain-list uuid=x --sort=-allocated" };

Test(words, what_has_a_meaning_is_not)
{
	for (size_t i = 0; i < ARRAY_LEN(accepted); i++) {
		_cleanup_result_ struct result r = { 0 };

		run(&r, false, accepted[i], NULL);
		cr_expect(strstr(error_of(&r), "opened"), "%s: %s", accepted[i], error_of(&r));
	}
}

/* ---- words for every command ----------------------------------------------------------------- */

Test(words, of_the_environment_are_left_out_where_they_mean_nothing)
{
	static const char extra[] = "force=true,multiple=true,--all,json=true,trace=true,"
				    "message-priority=5,--minimal,username=root,debug=true";
	_cleanup_result_ struct result ok = { 0 }, typed = { 0 }, dry = { 0 }, unknown = { 0 };

	run(&ok, false, "vm-list uuid=", extra);
	cr_expect(strstr(error_of(&ok), "opened"), "%s", error_of(&ok));
	run(&typed, false, "vm-list force=true", NULL);
	cr_expect_eq(typed.status, EXIT_USAGE);
	/* No words of the client. */
	run(&dry, false, "vdi-export uuid=x filename=f", "--dry-run");
	cr_expect_eq(dry.status, EXIT_USAGE);
	run(&unknown, false, "vm-start vm=web", "sr-uid=x");
	cr_expect_eq(unknown.status, EXIT_USAGE);
}

Test(words, typed_ones_come_before_those_of_the_environment)
{
	_cleanup_result_ struct result r = { 0 };

	run(&r, false, "vm-start vm=web force=false", "force=true,vm=db");
	cr_expect(strstr(error_of(&r), "opened"), "%s", error_of(&r));
}

Test(words, as_xe_they_are_ignored_as_ever)
{
	static const char *const words[] = { "snapshot-revert uuid=x --running --made-upp",
		"vdi-create sr-uuid=x name-label=n virtual-size=1 sharabl=true",
		"vm-list params=nam-label", "vm-list power-state=Running",
		"snapshot-list snapshot-of=web", "vm-start vm=a vm=b", "vm-list made-upp=1" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_result_ struct result r = { 0 };

		run(&r, true, words[i], NULL);
		cr_expect_eq(r.status, 1);
		cr_expect(strstr(error_of(&r), "opened"), "%s: %s", words[i], error_of(&r));
	}
}

/* What xe takes silently without an effect here. */
static const struct {
	const char *words, *error;
} idle[] = {
	{ "vbd-unplug uuid=x timeout=5", "timeout= Has no effect: " },
	{ "vbd-unplug uuid=x force=true", "force= Has no effect: " },
	{ "host-disable --auto-enable", "auto-enable= Has no effect: " },
	{ "vdi-clone uuid=x driver-params-a=b", "driver-params- Has no effect: " },
	{ "network-create name-label=x MTU=9000", "MTU= Has no effect: " },
	{ "sr-create name-label=x type=file sm-config:a=b", "sm-config: Has no effect: " },
	{ "vm-shutdown vm=x force=true", "" },
};

Test(words, what_has_no_effect_says_so)
{
	for (size_t i = 0; i < ARRAY_LEN(idle); i++) {
		_cleanup_result_ struct result vxe = { 0 }, xe = { 0 };

		run(&vxe, false, idle[i].words, NULL);
		cr_expect(str_starts(error_of(&vxe), idle[i].error), "%s: %s", idle[i].words,
			error_of(&vxe));
		cr_expect_eq(!*idle[i].error, !strstr(error_of(&vxe), "no effect"));
		run(&xe, true, idle[i].words, NULL);
		cr_expect_null(strstr(error_of(&xe), "no effect"));
	}
}

/* ---- the overview and help -------------------------------------------------------------------- */

static const struct {
	const char *words, *out;
} helps[] = {
	{ "--help", "vxe: virtual machines of this host's libvirt" },
	{ "-h", "vxe: virtual machines of this host's libvirt" },
	{ "vm-destroy --help", "command name            : vm-destroy\n" },
	{ "vm-destroy uuid=x -h", "command name            : vm-destroy\n" },
	{ "vm-destroy -s localhost --help", "command name            : vm-destroy\n" },
	{ "help", "Everyday commands, " },
	{ "help --all", "All commands; " },
};

Test(words, help_is_where_people_look_for_it)
{
	for (size_t i = 0; i < ARRAY_LEN(helps); i++) {
		_cleanup_result_ struct result r = { 0 };

		run(&r, false, helps[i].words, NULL);
		cr_expect_eq(r.status, 0, "%s", helps[i].words);
		cr_expect(str_starts(str_text(&r.io.out), helps[i].out), "%s: %s", helps[i].words,
			str_text(&r.io.out));
		cr_expect_str_eq(error_of(&r), "");
	}
}

Test(words, without_any_there_is_an_overview)
{
	_cleanup_result_ struct result r = { 0 };

	run(&r, false, "", NULL);
	cr_expect_eq(r.status, EXIT_USAGE);
	cr_expect(strstr(error_of(&r), "vxe snapshot-list --tree"), "%s", error_of(&r));
	cr_expect(strstr(error_of(&r), "'vxe help'"));
}

Test(words, commands_are_listed_with_a_line_each)
{
	static const char *const needed[] = { "snapshot-list", "template-list", "console",
		"vdi-list", "vm-start", "vm-snapshot", "snapshot-revert", "vdi-create", "sr-create",
		"network-list", "vm-param-set" };
	static const char *const areas[] = { "Virtual machines", "Snapshots", "Disks", "Other" };
	_cleanup_result_ struct result r = { 0 };
	_cleanup_strv_ struct strv lines = { 0 };

	run(&r, false, "help --all", NULL);
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		_cleanup_free_ char *line = xasprintf("\n  %-28s  ", needed[i]);

		cr_expect(strstr(str_text(&r.io.out), line), "%s", needed[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(areas); i++) {
		_cleanup_free_ char *title = xasprintf("\n\n%s:\n  ", areas[i]);

		cr_expect(strstr(str_text(&r.io.out), title), "%s", areas[i]);
	}
	strv_split(&lines, str_text(&r.io.out), '\n');
	for (size_t i = 0; i < lines.n; i++)
		if (!strstr(lines.items[i], "-param-"))
			cr_expect_leq(strlen(lines.items[i]), 130, "%s", lines.items[i]);
}

/* ---- distances ------------------------------------------------------------------------------- */

Test(words, distances)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = { { "", "", 0 }, { "", "abc", 3 }, { "abc", "", 3 }, { "uuid", "uuid", 0 },
		{ "uid", "uuid", 1 }, { "uudi", "uuid", 1 }, { "name_label", "Name-Label", 0 },
		{ "kitten", "sitting", 3 }, { "ca", "abc", 3 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cr_expect_eq(word_distance(cases[i].a, cases[i].b), cases[i].distance, "%s %s",
			cases[i].a, cases[i].b);
}

/* ---- help, unknown commands, JSON ------------------------------------------------------------ */

static const struct {
	const char *words, *error;
	int status;
} told[] = {
	{ "vm-strat", "Error: Unknown command: vm-strat\nThe nearest is 'vm-start'.\n",
		EXIT_USAGE },
	{ "help vm-strat", "Error: Unknown command: vm-strat\nThe nearest is 'vm-start'.\n",
		EXIT_USAGE },
	{ "vm-strat --json",
		"{\"error\": \"CLI_UNKNOWN_COMMAND\", \"params\": [\"vm-strat\"], \"message\": "
		"\"Unknown command: vm-strat The nearest is 'vm-start'.\"}\n",
		EXIT_USAGE },
	{ "vm-param-list json=true",
		"{\"error\": \"CLI_PARAM_MISSING\", \"params\": [\"uuid\"], \"message\": "
		"\"Required parameter not found: uuid\"}\n",
		EXIT_USAGE },
	{ "domblklist web",
		"Error: Unknown command: domblklist\nWhat virsh does by that verb: vxe vm-disk-list "
		"vm=web\n",
		EXIT_USAGE },
	{ "help snapshot-delete",
		"Error: Unknown command: snapshot-delete\nWhat virsh does by that verb: vxe "
		"snapshot-uninstall uuid=\n",
		EXIT_USAGE },
	{ "vm-list --json -x 1",
		"{\"error\": \"CLI_SYNTAX\", \"params\": [\"\"], \"message\": \"'-x' is "
		"no option: each word is key=value or --flag.\"}\n",
		EXIT_USAGE },
	{ "vm-list -o wide", "Error: '-o' is no option: each word is key=value or --flag.\n",
		EXIT_USAGE },
	{ "vm=web vm-start", "Error: The first word is the command, and 'vm=web' is a parameter.\n",
		EXIT_USAGE },
	{ "vm-start web",
		"Error: vm-start does not know 'web'; did you mean vm=web? Nothing was done. "
		"'vxe help vm-start' lists all.\n",
		EXIT_USAGE },
	{ "snapshot-revert before",
		"Error: snapshot-revert does not know 'before'; did you mean snapshot=before? "
		"Nothing was done.",
		EXIT_USAGE },
	{ "vm-start --no-such-flag",
		"Error: vm-start does not know '--no-such-flag'. Nothing was done. 'vxe help",
		EXIT_USAGE },
	{ "vm-start vm=web --forse",
		"Error: vm-start does not know '--forse'; the nearest that it knows is 'force'.",
		EXIT_USAGE },
	{ "vm-list --json",
		"{\"error\": \"VXE_STORE_UNUSABLE\", \"params\": [\"test\", \"opened\"], "
		"\"message\": \"",
		EXIT_FAILED },
	{ "vm-list --json=true", "Error: A flag has no value: write json=true", EXIT_USAGE },
	{ "snapshot-list --tree params=uuid", "Error: Parameter params= has no effect with --tree.",
		EXIT_USAGE },
};

/* What people type, and the command that the error names. */
static const struct {
	const char *words, *meant;
} guesses[] = {
	{ "snapshot-restore web before", "snapshot-revert vm=web snapshot=before" },
	{ "snapshot-rollback", "snapshot-revert vm= snapshot=" },
	{ "snapshot-delete web", "snapshot-uninstall uuid=" },
	{ "snapshot-remove web before", "snapshot-uninstall vm=web snapshot=before" },
	{ "snapshot-rm", "snapshot-uninstall vm= snapshot=" },
	{ "checkpoint-list", "snapshot-list" },
	{ "vm-restore web", "snapshot-revert vm=web snapshot=" },
	{ "vm-rollback", "snapshot-revert vm= snapshot=" },
	{ "vm-stop web", "vm-shutdown vm=web" },
	{ "vm-halt", "vm-shutdown vm=" },
	{ "vm-run web", "vm-start vm=web" },
	{ "vm-delete web", "vm-uninstall vm=web" },
	{ "vm-info", "vm-param-list uuid=" },
	{ "vm-show", "vm-param-list uuid=" },
	{ "vm-ls", "vm-list" },
	{ "vm-backup web", "vm-export vm=web filename=" },
	{ "vm-set", "vm-param-set uuid=" },
	{ "disk-list", "vdi-list" },
	{ "disk-delete", "vdi-destroy uuid=" },
	{ "volume-resize", "vdi-resize uuid= disk-size=" },
	{ "schedule-list", "vmss-list" },
	{ "domain-start web", "vm-start vm=web" },
	{ "stop web", "vm-shutdown vm=web" },
	{ "kill web", "vm-shutdown vm=web --force" },
	{ "rollback web before", "snapshot-revert vm=web snapshot=before" },
	{ "delsnapshot web before", "snapshot-uninstall vm=web snapshot=before" },
	{ "listsnapshot web", "snapshot-list --tree" },
	{ "start web", "vm-start vm=web" },
	{ "ps", "vm-list" },
	{ "ls", "vm-list" },
	{ "status web", "vm-list name-label=web" },
	{ "config", "vm-param-set uuid=" },
	{ "backup web", "vm-export vm=web filename=" },
	{ "export web", "vm-export vm=web filename=" },
	{ "ip web", "vm-list name-label=web params=name-label,networks" },
	{ "version", "--version" },
	{ "doctor", "check" },
	{ "top", "vm-list params=name-label,power-state,VCPUs-utilisation" },
	{ "checkpoint web", "vm-checkpoint vm=web new-name-label=" },
	{ "commit web", "vm-snapshot vm=web new-name-label=" },
	{ "branch", "snapshot-list --tree" },
	{ "rename web", "vm-param-set uuid= name-label=" },
	{ "tag web", "vm-param-add uuid= param-name=tags param-key=" },
	{ "clone web", "vm-clone vm=web new-name-label=" },
	{ "cp web", "vm-copy vm=web new-name-label=" },
	{ "new", "vm-install template= new-name-label=" },
	{ "import", "vm-import filename=" },
	{ "ssh web", "console vm=web" },
	{ "gc", "sr-coalesce" },
	{ "df", "sr-list params=name-label,physical-utilisation,physical-size" },
	{ "history", "log" },
	{ "rm web", "vm-uninstall vm=web" },
	{ "info web", "vm-list name-label=web params=all" },
};

Test(words, synonyms_lead_to_a_command)
{
	for (size_t i = 0; i < ARRAY_LEN(guesses); i++) {
		_cleanup_result_ struct result r = { 0 };
		_cleanup_free_ char *wanted = xasprintf(": vxe %s\n", guesses[i].meant);

		run(&r, false, guesses[i].words, NULL);
		cr_expect_eq(r.status, EXIT_USAGE, "%s", guesses[i].words);
		cr_expect(strstr(error_of(&r), wanted), "%s: %s", guesses[i].words, error_of(&r));
	}
}

/* What a guess names exists, and takes these words. */
Test(words, synonyms_have_words_that_are_known)
{
	_cleanup_commands_ struct commands all = { 0 };
	const struct params none = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < ARRAY_LEN(guesses); i++) {
		_cleanup_strv_ struct strv words = { 0 };

		strv_split(&words, guesses[i].meant, ' ');
		const struct command *cmd = commands_find(&all, words.items[0]);

		cr_expect(cmd || str_eq(words.items[0], "--version"), "%s", guesses[i].meant);
		for (size_t k = 1; cmd && k < words.n; k++) {
			const char *from = words.items[k];
			bool flag = str_starts(from, "--");
			_cleanup_free_ char *key = xstrndup(
				from + (flag ? 2 : 0), strcspn(from, "=") - (flag ? 2 : 0));
			const struct word word = { .key = key, .value = key, .flag = flag };

			cr_expect(words_know(cmd, &none, &word), "%s: %s", guesses[i].meant, key);
		}
	}
}

/* By letters alone nobody is led to a command that loses something. */
Test(words, letters_lead_to_no_loss)
{
	static const char *const words[] = { "vm-destory", "vm-destro", "snapshot-uninstal",
		"vm-shutdwon", "vdi-forgett", "snapshot-destroi", "zzz", "vm-cosy", "vm-reset",
		"snapshot-reset", "pool-restore", "host-declare", "pool-ejec", "vdi-inport" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_result_ struct result r = { 0 };

		run(&r, false, words[i], NULL);
		cr_expect_eq(r.status, EXIT_USAGE);
		for (const char *const *loss = (const char *const[]){ "destroy'", "uninstall'",
			     "shutdown'", "forget'", "powerstate'", "database'", "dead'", "eject'",
			     "vdi-import'", NULL };
			*loss; loss++)
			cr_expect_not(
				strstr(error_of(&r), *loss), "%s: %s", words[i], error_of(&r));
	}
}

/* True for a command whose last word says that something goes. */
static bool sounds_like_loss(const char *name)
{
	static const char *const verbs[] = { "destroy", "destroy-all", "uninstall", "forget",
		"remove", "revert", "reset-powerstate", "clear", "shutdown", "reboot", "eject",
		"unplug", "disable", "declare-dead", "restore-database", "cancel" };

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_ends(name, verbs[i]))
			return true;
	return false;
}

/* The flag in the table says it of each of them, and no mistake of one letter leads there. */
Test(words, the_table_knows_losses)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		const struct command *cmd = &all.items[i];
		_cleanup_nearest_ struct nearest n = { 0 };
		_cleanup_free_ char *typed = xstrndup(cmd->name, strlen(cmd->name) - 1);
		_cleanup_error_ struct vxe_error err = { 0 };

		if (sounds_like_loss(cmd->name))
			cr_expect(cmd->flags & C_LOSES, "%s", cmd->name);
		if (!(cmd->flags & C_LOSES))
			continue;
		(void)unknown_command(&all, typed, NULL, &err);
		_cleanup_free_ char *quoted = xasprintf("'%s'", cmd->name);

		cr_expect(!err.detail || !strstr(err.detail, quoted), "%s: %s", typed, err.detail);
	}
}

Test(words, errors_say_what_to_write)
{
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		_cleanup_result_ struct result r = { 0 };

		run(&r, false, told[i].words, NULL);
		cr_expect_eq(r.status, told[i].status, "%s", told[i].words);
		cr_expect(str_starts(error_of(&r), told[i].error), "%s: %s", told[i].words,
			error_of(&r));
		cr_expect_str_eq(str_text(&r.io.out), "");
	}
}
