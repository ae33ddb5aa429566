/* SPDX-License-Identifier: MIT */
/* host-call-plugin, host-reboot and host-shutdown. */
#include "objects/domain/adopt.h"
#include "tests/unit/command_fixture.h"

static char *plugins, *shutdown_program, *uuid;

static void start(void)
{
	host_start_mem();
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
	plugins = at("plugins");
	cr_assert_eq(mkdir(plugins, 0755), 0);
	shutdown_program = at("shutdown");
	S->config.plugin_dir = plugins;
	S->config.plugin_owner = getuid();
	S->config.shutdown = shutdown_program;
	uuid = out("host-list --minimal");
}

static void stop(void)
{
	free(plugins);
	free(shutdown_program);
	free(uuid);
	command_stop();
}

TestSuite(host, .init = start, .fini = stop);

static void write_program(const char *name, const char *text, unsigned mode)
{
	_cleanup_free_ char *path = at(name);

	write_text(name, text);
	cr_assert_eq(chmod(path, mode), 0);
}

#define CALL "host-call-plugin host-uuid=%s plugin=%s fn=go "

/* ---- plugins --------------------------------------------------------------------------------- */

Test(host, a_plugin_gets_json_and_no_words)
{
	write_program("plugins/echo", "#!/bin/sh\necho \"$#\"\ncat\n", 0755);
	write_text("long", "from a\nfile");
	_cleanup_free_ char *path = at("long");
	_cleanup_free_ char *line =
		xasprintf(CALL "args:a=$(id) args:b:file=%s", uuid, "echo", path);
	_cleanup_free_ char *wanted = xasprintf("0\n{\"host\":\"%s\",\"function\":\"go\",\"args\":"
						"{\"a\":\"$(id)\",\"b\":\"from a\\nfile\"}}\n",
		uuid);

	cr_expect_eq(run(line), 0, "%s", str_text(&b.error));
	cr_expect_str_eq(str_text(&b.out), wanted);
}

Test(host, a_plugin_that_fails)
{
	write_program("plugins/bad", "#!/bin/sh\necho said; echo why >&2; exit 3\n", 0755);
	write_program("plugins/killed", "#!/bin/sh\nkill -TERM $$\n", 0755);
	COMPLAINS("status: non-zero exit: 3\nstdout: said\n\nstderr: why\n", CALL, uuid, "bad");
	/* XENAPI_PLUGIN_FAILURE */
	COMPLAINS("status: signal: Terminated\n", CALL, uuid, "killed");
}

Test(host, only_plugins_of_the_owner_alone_are_run)
{
	const char *const names[] = { "none", "../plugins/echo", ".hidden", "link", "plain", "" };
	_cleanup_free_ char *to = at("plugins/echo"), *from = at("plugins/link");

	write_program("plugins/echo", "#!/bin/sh\ncat >/dev/null\n", 0755);
	write_program("plugins/.hidden", "#!/bin/sh\n", 0755);
	write_program("plugins/plain", "#!/bin/sh\n", 0644);
	cr_assert_eq(symlink(to, from), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		COMPLAINS("name: ", CALL, uuid, names[i]); /* XENAPI_MISSING_PLUGIN */
	PRINTS("", CALL, uuid, "echo");
	cr_assert_eq(chmod(to, 0775), 0);
	COMPLAINS("reason: ", CALL, uuid, "echo");
	cr_assert_eq(chmod(to, 0755), 0);
	cr_assert_eq(chmod(plugins, 0757), 0);
	COMPLAINS("reason: ", CALL, uuid, "echo");
	cr_assert_eq(chmod(plugins, 0755), 0);
	S->config.plugin_owner = getuid() + 1;
	COMPLAINS("reason: ", CALL, uuid, "echo");
	COMPLAINS("uuid: ", CALL, VM_A, "echo");
	COMPLAINS("Failed to read file /none", CALL "args:x:file=/none", uuid, "echo");
}

static bool yes(void *ctx)
{
	(void)ctx;
	return true;
}

Test(host, a_plugin_is_stopped)
{
	_cleanup_io_buffer_ struct io_buffer said = { 0 };
	const struct io io = io_buffered(&said);
	const struct program p = {
		.name = "xe", .as_xe = true, .io = &io, .session = S, .cancelled = yes
	};
	_cleanup_free_ char *host_word = xasprintf("host-uuid=%s", uuid);
	const char *const argv[] = { "host-call-plugin", host_word, "plugin=slow", "fn=go" };

	write_program("plugins/slow", "#!/bin/sh\nsleep 100\n", 0755);
	cr_expect_eq(program_run(&p, argv, ARRAY_LEN(argv)), 1);
	cr_expect(strstr(str_text(&said.error), "cancelled"), "%s", str_text(&said.error));
}

/* ---- the end of the system ------------------------------------------------------------------- */

/* The input of the program; owned. */
static char *told(void)
{
	_cleanup_free_ char *path = at("told");

	return read_text(path);
}

Test(host, the_system_ends_only_when_nothing_runs)
{
	_cleanup_free_ char *script = xasprintf("#!/bin/sh\necho \"$@\" >%s/told\n", dir);

	write_program("shutdown", script, 0755);
	COMPLAINS("needs --force", "host-reboot");
	COMPLAINS("needs --force", "host-shutdown host=elsewhere");
	COMPLAINS("No matching hosts", "host-shutdown host=elsewhere --force");
	COMPLAINS("host-disable", "host-shutdown --force"); /* HOST_NOT_DISABLED */
	PRINTS("", "host-disable");
	hv_mock_set_state(mock, VM_A, HV_PAUSED);
	COMPLAINS("type: VM\nref: " VM_A, "host-reboot --force"); /* HOST_IN_USE */
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);

	_cleanup_free_ char *nothing = told();

	cr_expect_str_eq(nothing, "-");
	PRINTS("", "host-reboot --force");

	_cleanup_free_ char *reboot = told();

	cr_expect_str_eq(reboot, "-r now\n");
	PRINTS("", "host-shutdown --force");

	_cleanup_free_ char *off = told();

	cr_expect_str_eq(off, "-h now\n");
	hv_mock_fail(mock, "list", 0, HV_MOCK_BEFORE, "gone");
	cr_expect_eq(run("host-reboot --force"), 1, "what cannot be asked may run");
}
