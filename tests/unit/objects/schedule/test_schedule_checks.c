/* SPDX-License-Identifier: MIT */
/* What a schedule refuses when it is made or changed: the error names it, and nothing changes. */
#include "tests/unit/command_fixture.h"

static char *plugins;

static void start(void)
{
	host_start_mem();
	plugins = at("plugins");
	cr_assert_eq(mkdir(plugins, 0755), 0);
	S->config.plugin_dir = plugins;
	S->config.plugin_owner = getuid();
}

static void stop(void)
{
	free(plugins);
	command_stop();
}

TestSuite(schedule_settings, .init = start, .fini = stop);

static void write_program(const char *name, unsigned mode)
{
	_cleanup_free_ char *path = at(name);

	write_text(name, "#!/bin/sh\n");
	cr_assert_eq(chmod(path, mode), 0);
}

/* As `vxe`; words are separated by '|'. */
static int vxe(const char *line)
{
	const struct io io = io_buffered(&b);
	const struct program p = { .name = "vxe", .io = &io, .session = S };
	_cleanup_strv_ struct strv argv = { 0 };

	io_buffer_clear(&b);
	strv_split(&argv, line, '|');
	next_command();
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

#define CREATE "vmss-create|name-label=n|type=snapshot|frequency=daily"

static char *create(const char *more)
{
	_cleanup_free_ char *line = xasprintf(CREATE "%s", more);

	cr_assert_eq(vxe(line), 0, "%s: %s", more, str_text(&b.error));
	char *uuid = xstrdup(str_text(&b.out));

	uuid[strcspn(uuid, "\n")] = '\0';
	return uuid;
}

static char *everything(void)
{
	cr_assert_eq(vxe("vmss-list|params=all|--all"), 0);
	return xstrdup(str_text(&b.out));
}

static void refused(const char *wanted, const char *line)
{
	_cleanup_free_ char *before = everything();

	cr_expect_neq(vxe(line), 0, "%s", line);
	cr_expect(strstr(str_text(&b.error), wanted), "%s: %s", line, str_text(&b.error));
	_cleanup_free_ char *after = everything();

	cr_expect_str_eq(before, after, "%s", line);
}

static const struct {
	const char *setting, *error;
} bad[] = {
	{ "vm-filter=bogus", "field: vm-filter\nvalue: bogus" },
	{ "vm-filter==x", "field: vm-filter\nvalue: =x" },
	{ "vm-filter=colour=red", "Unknown field 'colour'" },
	{ "vm-filter=colour:contains=red", "Unknown field 'colour:contains'" },
	{ "vm-filter=tags:holds=red", "should be set-param:contains=key" },
	{ "vm-filter=name-label:x=red", "Field 'name-label' is not a set or map" },
	{ "timezone=Mars/Phobos", "field: timezone\nvalue: Mars/Phobos" },
	{ "blackout=25:00-26:00", "field: blackout\nvalue: 25:00-26:00" },
	{ "blackout=22:00", "field: blackout\nvalue: 22:00" },
	{ "blackout=00:00-24:00", "field: blackout\nvalue: 00:00-24:00" },
	{ "blackout=23:45-00:15", "field: blackout\nvalue: 23:45-00:15" }, /* its slot is at 0:00 */
	{ "name-template={vm}-{host}", "field: name-template\nvalue: {host}" },
	{ "name-template={vm", "field: name-template\nvalue: {vm" },
	{ "name-template=", "field: name-template\nvalue: " },
	{ "pre-command=none", "name: none" },
	{ "post-command=none", "name: none" },
	{ "pre-command=plain", "name: plain" }, /* not executable */
	{ "pre-command=loose", "must belong to root" },
	{ "pre-command=../plugins/good", "field: pre-command\nvalue: ../plugins/good" },
	{ "command-timeout=0", "field: command-timeout" },
	{ "keep-hourly=-1", "keep-hourly" },
	{ "keep-days=40000", "field: keep-days" },
	{ "retained-snapshots=11", "field: retained_snapshots" },
	{ "missed-run=never", "Expected one of 'once', 'skip', got never" },
};

Test(schedule_settings, what_cannot_be_is_refused_by_name)
{
	write_program("plugins/plain", 0644);
	write_program("plugins/loose", 0777);
	write_program("plugins/good", 0755);
	_cleanup_free_ char *uuid = create("|vm-filter=tags:contains=a|pre-command=good");

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_free_ char *made = xasprintf(CREATE "|%s", bad[i].setting),
				    *set = xasprintf("vmss-param-set|uuid=%s|name-label=m|%s", uuid,
					    bad[i].setting);

		refused(bad[i].error, made);
		refused(bad[i].error, set);
	}
}

static const char *const good[] = { "vm-filter=tags:contains=nightly", "vm-filter=tags=a, b",
	"vm-filter=other_config:owner=bob", "vm-filter=power-state=running",
	"vm-filter=", "timezone=Europe/Berlin", "timezone=", "blackout=22:00-23:45,01:00-02:00",
	"blackout=", "name-template=plain", "name-template={time} {date} {vm} {schedule} }",
	"pre-command=good", "pre-command=", "post-command=good" };

Test(schedule_settings, what_can_be_is_taken)
{
	write_program("plugins/good", 0755);
	_cleanup_free_ char *uuid = create("");

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		_cleanup_free_ char *set = xasprintf("vmss-param-set|uuid=%s|%s", uuid, good[i]),
				    *more = xasprintf("|%s", good[i]), *other = create(more);

		cr_expect_eq(vxe(set), 0, "%s: %s", set, str_text(&b.error));
	}
}

/* A plugin that was removed later, or a field that only a newer vxe knows, stops no other change. */
Test(schedule_settings, only_what_changes_is_checked)
{
	write_program("plugins/good", 0755);
	_cleanup_free_ char *uuid = create("|pre-command=good"), *path = at("plugins/good");
	_cleanup_free_ char *other =
		xasprintf("vmss-param-set|uuid=%s|name-label=m|retained-snapshots=3", uuid);

	cr_assert_eq(unlink(path), 0);
	cr_expect_eq(vxe(other), 0, "%s", str_text(&b.error));
}
