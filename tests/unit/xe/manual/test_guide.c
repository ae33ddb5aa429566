/* SPDX-License-Identifier: MIT */
/*
 * What the manual says beside the commands' rows: each command has examples, and each example does
 * what it says, called as `vxe` in a world of its own.
 */
#include "xe/manual/guide.h"

#include "tests/unit/harness.h"
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/child/child.h"
#include "tests/unit/example_world.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"
#include "xe/all_commands.h"
#include "objects/disks/images/image_make.h"
#include "objects/model/record.h"
#include "tests/image_at.h"

TestSuite(guide, .fini = no_leaks);

/* ---- the rows ------------------------------------------------------------------------------- */

static bool is_told(const struct command *cmd)
{
	return !(cmd->flags & C_HIDDEN) || str_eq(cmd->name, "help");
}

Test(guide, every_command_has_examples)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		const struct command *cmd = &all.items[i];
		_cleanup_strv_ struct strv lines = { 0 };

		guide_examples(cmd, &lines);
		if (is_told(cmd))
			cr_expect_geq(lines.n, cmd->flags & (C_EVERYDAY | C_STANDARD) ? 2u : 1u,
				"%s: %zu examples", cmd->name, lines.n);
	}
}

Test(guide, every_command_says_what_it_prints)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		const struct command *cmd = &all.items[i];
		unsigned what = cmd->prints.what;
		_cleanup_strv_ struct strv of = { 0 };

		cr_expect_neq(what, 0, "%s: its row has no PRINTS()", cmd->name);
		cr_expect_eq(!(what & PRINTS_CELLS), !cmd->prints.columns, "%s", cmd->name);
		cr_expect(what & PRINTS_RECORDS ? cmd->prints.of || command_view(cmd)
						: !cmd->prints.of,
			"%s", cmd->name);
		strv_split(&of, cmd->prints.of ? cmd->prints.of : "", ' ');
		for (size_t k = 0; k < of.n; k++)
			cr_expect(view_by_prefix(of.items[k]), "%s: %s", cmd->name, of.items[k]);
	}
}

Test(guide, rows_name_commands_and_parameters_that_exist)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; guides[i]; i++)
		for (const struct guide *g = guides[i]; g->command; g++) {
			const struct command *cmd = commands_find(&all, g->command);
			_cleanup_strv_ struct strv related = { 0 };

			cr_assert_neq(cmd, NULL, "%s", g->command);
			cr_expect_eq(guide_of(g->command), g, "%s: two rows", g->command);
			guide_related(&all, cmd, &related);
			for (size_t k = 0; k < related.n; k++)
				cr_expect(commands_find(&all, related.items[k]) &&
						!str_eq(related.items[k], g->command),
					"%s: see also %s", g->command, related.items[k]);
			for (size_t k = 0; k < ARRAY_LEN(g->absent) && g->absent[k].param; k++)
				cr_expect(command_owns(cmd, g->absent[k].param, false),
					"%s: no %s=", g->command, g->absent[k].param);
		}
}

/* ---- the world of an example ---------------------------------------------------------------- */

#define USUAL_WORLD "disk web-running"
#define HALT "vm-shutdown vm=web --force"
#define ISOS "sr-create name-label=isos type=iso content-type=iso device-config:location=/srv/isos"
#define A_MESSAGE "message-create name=BACKUP_DONE priority=5 body=nightly vm-uuid=VM-UUID"
#define AN_SR "sr-create name-label=vms type=file device-config:location=/srv/vms"
#define NEW_SR "sr-list name-label=vms"
#define NEW_PBD "pbd-list sr-uuid=SR-UUID"
#define UNPLUGGED "pbd-unplug uuid=PBD-UUID"
#define WIDE                                                                                       \
	"vm-memory-limits-set vm=web static-min=32MiB dynamic-min=32MiB dynamic-max=2GiB "         \
	"static-max=4GiB"
#define VIF "vif-create vm-uuid=VM-UUID network-uuid=NETWORK-UUID device=1"
#define DATA "vdi-create sr-uuid=SR-UUID name-label=data virtual-size=1GiB"
#define DATA_VBD "vbd-create vm-uuid=VM-UUID vdi-uuid=VDI-UUID device=1"
#define OF_DATA "VDI-UUID: vdi-list name-label=data", "VBD-UUID: vbd-list vdi-name-label=data"
#define A_SCHEDULE "vmss-create name-label=nightly type=snapshot frequency=daily schedule:hour=2"
#define INSERTED "vm-cd-add vm=web cd-name=install.iso device=4"

/* What the example of a command needs beside the usual world; the last row counts for all others. */
static const struct scene {
	const char *command; /* or its beginning */
	const char *world;   /* words of example_world.h; NULL: the usual ones */
	const char *before[4];
	const char *lists[2]; /* "VBD-UUID: COMMAND": the first object of that list is meant */
	bool fresh; /* each line in a session of its own: an old one has seen the networks */
} scenes[] = {
	{ "appliance-create", NULL, { NULL }, { NULL }, false },
	{ "appliance-", NULL, { "appliance-create name-label=shop" }, { NULL }, false },
	{ "message-destroy-all", NULL, { NULL }, { NULL }, false },
	{ "message-create", NULL, { NULL }, { NULL }, false },
	{ "message-", NULL, { A_MESSAGE }, { NULL }, false },
	{ "network-destroy", NULL, { "network-create name-label=office bridge=br0" },
		{ "NETWORK-UUID: network-list name-label=office" }, true },
	{ "pbd-create", NULL, { "sr-introduce uuid=NEW-UUID name-label=vms type=file" },
		{ "SR-UUID: " NEW_SR }, false },
	{ "pbd-destroy", NULL, { AN_SR, UNPLUGGED }, { "SR-UUID: " NEW_SR, "PBD-UUID: " NEW_PBD },
		false },
	{ "pbd-plug", NULL, { AN_SR, UNPLUGGED }, { "SR-UUID: " NEW_SR, "PBD-UUID: " NEW_PBD },
		false },
	{ "pbd-", NULL, { AN_SR }, { "SR-UUID: " NEW_SR, "PBD-UUID: " NEW_PBD }, false },
	{ "pool-restore-database", NULL, { "pool-dump-database file-name=/backup/records.json" },
		{ NULL }, false },
	{ "secret-create", NULL, { NULL }, { NULL }, false },
	{ "secret-", NULL, { "secret-create value=sesame" }, { NULL }, false },
	{ "snapshot-reset-powerstate", "disk web-running no-snapshot",
		{ "vm-checkpoint vm=web new-name-label=s1" }, { NULL }, false },
	{ "snapshot-", "disk web-running no-snapshot", { "vm-snapshot vm=web new-name-label=s1" },
		{ NULL }, false },
	{ "sr-destroy", NULL, { AN_SR, UNPLUGGED }, { "SR-UUID: " NEW_SR, "PBD-UUID: " NEW_PBD },
		false },
	{ "sr-forget", NULL, { AN_SR, UNPLUGGED }, { "SR-UUID: " NEW_SR, "PBD-UUID: " NEW_PBD },
		false },
	{ "vbd-create", NULL, { "vdi-create sr-uuid=SR-UUID name-label=data virtual-size=1GiB" },
		{ "VDI-UUID: vdi-list name-label=data" }, false },
	{ "vbd-destroy", NULL, { HALT }, { NULL }, false },
	{ "vbd-eject", NULL, { HALT, ISOS, INSERTED }, { "VBD-UUID: vbd-list type=CD" }, false },
	{ "vbd-insert", NULL, { HALT, ISOS, INSERTED, "vm-cd-eject vm=web" },
		{ "VBD-UUID: vbd-list type=CD", "VDI-UUID: vdi-list name-label=install.iso" },
		false },
	{ "vbd-plug", NULL, { DATA, DATA_VBD }, { OF_DATA }, false },
	{ "vbd-unplug", NULL, { DATA, DATA_VBD, "vbd-plug uuid=VBD-UUID" }, { OF_DATA }, false },
	{ "vdi-destroy", NULL, { HALT }, { NULL }, false },
	{ "vdi-forget", NULL, { HALT }, { NULL }, false },
	{ "vdi-flatten", NULL, { HALT, "vm-snapshot vm=web new-name-label=s1" }, { NULL }, false },
	{ "vdi-import", NULL,
		{ HALT, "vdi-export uuid=VDI-UUID filename=/backup/data.raw",
			"vdi-export uuid=VDI-UUID filename=/backup/data.qcow2 format=qcow2" },
		{ NULL }, false },
	{ "vdi-clone", NULL, { HALT }, { NULL }, false },
	{ "vdi-snapshot", NULL, { HALT }, { NULL }, false },
	{ "vdi-resize", NULL, { HALT }, { NULL }, false },
	{ "vif-create", NULL, { NULL }, { NULL }, false },
	{ "vif-plug", NULL, { VIF }, { NULL }, false },
	{ "vif-unplug", NULL, { VIF, "vif-plug uuid=VIF-UUID" }, { NULL }, false },
	{ "vif-", NULL, { VIF }, { NULL }, false },
	{ "vdi-copy", NULL, { HALT }, { NULL }, false },
	{ "vdi-export", NULL, { HALT }, { NULL }, false },
	{ "vm-cd-insert", NULL, { HALT, ISOS, INSERTED, "vm-cd-eject vm=web" }, { NULL }, false },
	{ "vm-cd-add", NULL, { HALT, ISOS }, { NULL }, false },
	{ "vm-cd-", NULL, { HALT, ISOS, INSERTED }, { NULL }, false },
	{ "vm-clone", NULL, { HALT }, { NULL }, false },
	{ "vm-copy", NULL, { HALT }, { NULL }, false },
	{ "vm-destroy", NULL, { HALT }, { NULL }, false },
	{ "vm-disk-remove", NULL, { HALT }, { NULL }, false },
	{ "vm-export", NULL, { HALT }, { NULL }, false },
	{ "vm-import", NULL, { HALT, "vm-export vm=web filename=/backup/web.xva" }, { NULL },
		false },
	{ "vm-memory-balloon", NULL, { HALT, WIDE, "vm-start vm=web" }, { NULL }, false },
	{ "vm-memory-target", NULL, { HALT, WIDE, "vm-start vm=web" }, { NULL }, false },
	{ "vm-memory-dynamic", NULL, { HALT, WIDE }, { NULL }, false },
	{ "vm-memory-", NULL, { HALT, "vm-shutdown vm=db --force" }, { NULL }, false },
	{ "vm-reset-powerstate", NULL, { "vm-suspend vm=web" }, { NULL }, false },
	{ "vm-resume", NULL, { "vm-suspend vm=web" }, { NULL }, false },
	{ "vm-start", NULL, { HALT }, { NULL }, false },
	{ "vm-uninstall", NULL, { HALT }, { NULL }, false },
	{ "vm-unpause", NULL, { "vm-pause vm=web" }, { NULL }, false },
	{ "vm-vcpu-hotplug", NULL,
		{ HALT, "vm-param-set uuid=VM-UUID VCPUs-max=4", "vm-start vm=web" }, { NULL },
		false },
	{ "vmss-create", NULL, { NULL }, { NULL }, false },
	{ "vmss-param-add", NULL,
		{ A_SCHEDULE,
			"vmss-param-remove uuid=VMSS-UUID param-name=schedule param-key=min" },
		{ NULL }, false },
	{ "vmss-", NULL, { A_SCHEDULE }, { NULL }, false },
	{ "", NULL, { NULL }, { NULL }, false },
};

struct stage {
	struct example_world w;
	struct io_buffer io;
	const struct scene *scene;
};

static void replace(char **word, const char *from, const char *to)
{
	char *at = strstr(*word, from), *old = *word;

	if (!at)
		return;
	*word = xasprintf("%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
	free(old);
}

static int play(struct stage *s, const struct strv *words)
{
	const struct io io = io_buffered(&s->io);
	const struct session_config config = example_world_config(&s->w, &store_sqlite_ops);
	const struct program p = { .name = "vxe",
		.io = &io,
		.config = &config,
		.session = s->scene->fresh ? NULL : s->w.s };

	io_buffer_clear(&s->io);
	session_forget_domains(s->w.s->here);
	s->w.s->reports.adopted = false;
	return program_run(&p, (const char *const *)words->items, words->n);
}

static int play_line(struct stage *s, const char *line);

/* The first object that the list shows; owned. */
static char *first_of(struct stage *s, const char *list)
{
	_cleanup_free_ char *line = xasprintf("%s --minimal", list);

	cr_expect_eq(play_line(s, line), 0, "%s: %s", line, str_text(&s->io.error));
	return xstrndup(str_text(&s->io.out), strcspn(str_text(&s->io.out), ",\n"));
}

/* "VDI-UUID": the list with the object that is meant. Owned. */
static char *list_for(const struct scene *scene, const char *word, size_t len)
{
	static const struct {
		const char *word, *list;
	} usual[] = { { "VM-UUID", "vm-list name-label=web" },
		{ "VDI-UUID", "vdi-list name-label=disk0" },
		{ "SR-UUID", "sr-list name-label=local" },
		{ "NETWORK-UUID", "network-list name-label=lan" } };
	char *list;

	for (size_t i = 0; i < ARRAY_LEN(scene->lists) && scene->lists[i]; i++)
		if (str_starts(scene->lists[i], word) || strncmp(scene->lists[i], word, len) == 0)
			return xstrdup(strchr(scene->lists[i], ' ') + 1);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (strlen(usual[i].word) == len && strncmp(usual[i].word, word, len) == 0)
			return xstrdup(usual[i].list);
	list = xasprintf("%.*s-list", (int)(len - strlen("-UUID")), word);
	for (char *p = list; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 'a' - 'A') : *p;
	return list;
}

static void fill_uuid(struct stage *s, char **word)
{
	char *value = strchr(*word, '=');
	_cleanup_free_ char *list = NULL, *name = NULL, *uuid = NULL;

	if (!value || !str_ends(value, "-UUID"))
		return;
	name = xstrdup(value + 1);
	if (str_eq(name, "NEW-UUID")) {
		uuid = xstrdup(EXAMPLE_UUID(99));
	} else {
		list = list_for(s->scene, name, strlen(name));
		uuid = first_of(s, list);
		cr_expect_neq(*uuid, '\0', "%s: %s is empty", *word, list);
	}
	replace(word, name, uuid);
}

static int play_line(struct stage *s, const char *line)
{
	_cleanup_strv_ struct strv words = { 0 };
	_cleanup_free_ char *backup = xasprintf("=%s/backup/", s->w.dir);
	_cleanup_free_ char *srv = xasprintf("=%s/srv/", s->w.dir);

	split_words(line, &words);
	for (size_t i = 0; i < words.n; i++) {
		replace(&words.items[i], "=/backup/", backup);
		replace(&words.items[i], "=/srv/", srv);
		fill_uuid(s, &words.items[i]);
	}
	return play(s, &words);
}

static void make_places(const struct example_world *w)
{
	static const char *const folders[] = { "backup", "srv", "srv/vms", "srv/isos" };
	_cleanup_free_ char *iso = xasprintf("%s/srv/isos/install.iso", w->dir);
	_cleanup_free_ char *disk = xasprintf("%s/images/data.qcow2", w->dir);
	_cleanup_error_ struct vxe_error err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", w->dir, folders[i]);

		cr_assert_eq(mkdir(path, 0755), 0, "%s", path);
	}
	int fd = open(iso, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	cr_assert(fd >= 0 && ftruncate(fd, 1 << 20) == 0 && close(fd) == 0);
	cr_assert_eq(image_make(image_at(disk), INT64_C(1) << 30, &err), 0);
}

static const struct scene *scene_of(const char *command)
{
	const struct scene *s = scenes;

	while (!str_starts(command, s->command))
		s++;
	return s;
}

/* Classes of which the world of the examples has no object: they mirror the machine, or nothing. */
static const char *const nowhere[] = { "bond", "console", "host-cpu", "patch", "pif", "role", "sm",
	"subject", "task", "update", "vlan", "vtpm", NULL };

static bool is_nowhere(const struct command *cmd)
{
	for (size_t i = 0; cmd->view && nowhere[i]; i++)
		if (str_eq(cmd->view->prefix, nowhere[i]))
			return true;
	return cmd->view && cmd->view->cls->absent;
}

/* Whether nothing on stdout would be a mistake: what is asked for, or the UUID of what is new. */
static bool must_print(const struct command *cmd, const char *line)
{
	static const char *const ends[] = { "-list", "-get", "-create", "-introduce", "-clone",
		"-copy", "-snapshot", "-checkpoint", "-install", "vm-import", "-query", "-status",
		"-memory", "-overhead", "-preview", "-probe", "-dumpxml", "check", "help", NULL };

	if (is_nowhere(cmd) || str_eq(cmd->name, "message-create") ||
		str_eq(cmd->name, "cd-list") || str_eq(cmd->name, "sr-coalesce"))
		return false;
	for (size_t i = 0; ends[i]; i++)
		if (str_ends(cmd->name, ends[i]))
			return true;
	return strstr(line, "--dry-run") != NULL;
}

/* What the example of param-remove removes, that of param-add has added. */
static void add_member(struct stage *s, const struct commands *all, const struct command *cmd)
{
	_cleanup_free_ char *name = xasprintf("%s-param-add", cmd->view->prefix);
	_cleanup_strv_ struct strv lines = { 0 };

	guide_examples(commands_find(all, name), &lines);
	cr_expect_eq(play_line(s, lines.items[0]), 0, "%s", lines.items[0]);
}

/* The text if it is one JSON document and nothing else, on one line; else NULL. Owned. */
static char *document(const char *text)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *doc = json_tokener_parse_ex(tok, text, (int)strlen(text));
	size_t end = json_tokener_get_parse_end(tok);
	char *line = NULL;

	if (doc && json_tokener_get_error(tok) == json_tokener_success &&
		!text[end + strspn(text + end, "\n")])
		line = xstrdup(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
	json_object_put(doc);
	json_tokener_free(tok);
	return line;
}

/* Makes the world of the command's example. */
static void stage_open(struct stage *s, const struct commands *all, const struct command *cmd)
{
	_cleanup_strv_ struct strv words = { 0 };

	*s = (struct stage){ .scene = scene_of(cmd->name) };
	strv_split(&words, s->scene->world ? s->scene->world : USUAL_WORLD, ' ');
	example_world_open(&s->w, &words, s->scene->fresh ? &store_sqlite_ops : NULL);
	make_places(&s->w);
	/* As on any host where vxe is used: what libvirt has is on record. */
	cr_expect_eq(play_line(s, "vm-list"), 0);
	for (size_t i = 0; i < ARRAY_LEN(s->scene->before) && s->scene->before[i]; i++)
		cr_expect_eq(play_line(s, s->scene->before[i]), 0, "before %s: %s: %s", cmd->name,
			s->scene->before[i], str_text(&s->io.error));
	if (str_ends(cmd->name, "-param-remove") && !guide_of(cmd->name))
		add_member(s, all, cmd);
}

/* Plays an example; its output with --json is a line of @documents, behind the command and a tab. */
static void play_example(const struct commands *all, const struct command *cmd, const char *line,
	struct str *documents)
{
	struct stage s;
	int status;

	stage_open(&s, all, cmd);
	status = play_line(&s, line);
	cr_expect_eq(status, 0, "vxe %s: exit %d: %s", line, status, str_text(&s.io.error));
	/* A schedule says that its timer is not there. */
	cr_expect(!s.io.error.len || str_starts(line, "vmss-"), "vxe %s: %s", line,
		str_text(&s.io.error));
	cr_expect(s.io.out.len || !must_print(cmd, line), "vxe %s prints nothing", line);
	if (strstr(line, "--json")) {
		_cleanup_free_ char *json = document(str_text(&s.io.out));

		cr_expect(json, "vxe %s: %s", line, str_text(&s.io.out));
		str_addf(documents, "%s\t%s\n", cmd->name, json ? json : "{}");
	}
	io_buffer_clear(&s.io);
	example_world_close(&s.w);
}

static bool is_run(const struct command *cmd)
{
	const struct guide *g = guide_of(cmd->name);

	/* The lists of classes without objects are empty. */
	bool fails = is_nowhere(cmd) && !str_eq(cmd->name + strlen(cmd->view->prefix), "-list");

	return is_told(cmd) && !fails && !(g && g->unrun);
}

/* True for lines that ask for another format, and for those that write content to the output. */
static bool prints_otherwise(const char *line)
{
	static const char *const words[] = { "--minimal", "--table", "--json", "--null",
		"filename=/dev/stdout", NULL };

	for (size_t i = 0; words[i]; i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0, "%s", path);
}

/* Each document is as `vxe schema` says; without a session that command opens none. */
static void expect_valid(const struct str *documents)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	const struct program p = { .name = "vxe", .io = &io };
	static const char *const words[] = { "schema" };
	struct example_world w;
	_cleanup_strv_ struct strv none = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	example_world_open(&w, &none, NULL);
	_cleanup_free_ char *schema = xasprintf("%s/schema", w.dir);
	_cleanup_free_ char *lines = xasprintf("%s/documents", w.dir), *said = NULL;
	const char *const argv[] = { "/usr/bin/python3", "tests/lib/json_valid.py", schema, lines,
		NULL };
	struct child c = { 0 };

	cr_assert_eq(program_run(&p, words, ARRAY_LEN(words)), 0);
	write_text(schema, str_text(&b.out));
	write_text(lines, str_text(documents));
	cr_assert_eq(child_start(&c, argv, &err), 0);
	cr_expect_eq(child_wait(&c, &said, &err), 0, "%s", said);
	example_world_close(&w);
}

/* Two tests, which run at the same time: the verbs of records, and all other commands. */
static void play_all(bool verbs)
{
	_cleanup_commands_ struct commands all = { 0 };
	_cleanup_str_ struct str documents = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		_cleanup_strv_ struct strv lines = { 0 };

		if (is_run(&all.items[i]) && verbs == (all.items[i].view != NULL))
			guide_examples(&all.items[i], &lines);
		for (size_t k = 0; k < lines.n; k++) {
			_cleanup_free_ char *json = xasprintf("%s --json", lines.items[k]);

			play_example(&all, &all.items[i], lines.items[k], &documents);
			if (!prints_otherwise(lines.items[k]))
				play_example(&all, &all.items[i], json, &documents);
		}
	}
	expect_valid(&documents);
}

Test(guide, examples_of_records_work)
{
	play_all(true);
}

Test(guide, examples_of_commands_work)
{
	play_all(false);
}

/* ---- references that lead nowhere ------------------------------------------------------------ */

/* Gives each reference that users set, of every record, the value @to: NULL, or the UUID of nothing. */
static int loosen(struct txn *t, void *to, struct vxe_error *err)
{
	for (size_t i = 0; classes[i]; i++) {
		_cleanup_records_ struct records all = { 0 };

		if (records_load(t, classes[i], NULL, NULL, &all, err) < 0)
			return -1;
		for (size_t k = 0; k < all.n; k++) {
			for (const struct field *f = classes[i]->fields; f->name; f++) {
				struct value v = { 0 };

				if (f->type != FIELD_REF || f->offset == FIELD_COMPUTED ||
					!(f->flags & F_SET))
					continue;
				v.string = xstrdup_null(to);
				field_store(f, all.items[k], &v);
			}
			if (record_save(t, classes[i], all.items[k], err) < 0)
				return -1;
		}
	}
	return 0;
}

/* The command does what it can, or fails with an error that says what is missing. */
static void play_loose(
	const struct commands *all, const struct command *cmd, const char *line, const char *to)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *value = xstrdup_null(to);
	struct stage s;

	stage_open(&s, all, cmd);
	cr_assert_eq(store_update(s.w.s->store, loosen, value, &err), 0, "%s", cmd->name);

	int status = play_line(&s, line);

	cr_expect(status >= 0 && status <= 7, "vxe %s: exit %d", line, status);
	cr_expect_null(strstr(str_text(&s.io.error), "unexpected error"), "vxe %s: %s", line,
		str_text(&s.io.error));
	io_buffer_clear(&s.io);
	example_world_close(&s.w);
}

static void play_all_loose(const char *to)
{
	_cleanup_commands_ struct commands all = { 0 };

	commands_init(&all, false);
	for (size_t i = 0; i < all.n; i++) {
		const struct command *cmd = &all.items[i];
		_cleanup_strv_ struct strv lines = { 0 };

		/* The verbs of records do not follow references; what lists do is in vm-list params=all. */
		if (is_run(cmd) && !cmd->view)
			guide_examples(cmd, &lines);
		for (size_t k = 0; k < lines.n; k++)
			play_loose(&all, cmd, lines.items[k], to);
		if (str_ends(cmd->name, "-list") && cmd->view && is_run(cmd)) {
			_cleanup_free_ char *line = xasprintf("%s params=all", cmd->name);

			play_loose(&all, cmd, line, to);
		}
	}
}

Test(guide, commands_bear_references_that_are_cleared)
{
	play_all_loose(NULL);
}

Test(guide, commands_bear_references_to_nothing)
{
	play_all_loose(EXAMPLE_UUID(98));
}
