/* SPDX-License-Identifier: MIT */
/* Words in, text and exit status out; commands that need no store must not open one. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include "objects/base/uri.h"
#include "tests/unit/leak.h"
#include "tests/unit/program_run.h"
#include "xe/args/environment.h"
#include "xe/args/server.h"
#include "objects/base/version.h"

TestSuite(program, .fini = no_leaks);

struct result {
	struct io_buffer io;
	int status;
};

static void result_clear(struct result *r)
{
	io_buffer_clear(&r->io);
}

static void run(struct result *r, bool as_xe, const char *words)
{
	r->status = run_nowhere(&r->io, (struct program){ .as_xe = as_xe }, words);
}

#define HINT "For usage run: 'xe help'\n"

static const struct {
	const char *words, *out, *error;
	int status, vxe_status;
} cases[] = {
	{ "vm-param-get uuid=x", "", "Required parameter not found: param-name\n" HINT, 1, 2 },
	{ "vm-param-list", "", "Required parameter not found: uuid\n" HINT, 1, 2 },
	{ "vm-param-remove param-name=x", "", "Required parameter not found: uuid\n" HINT, 1, 2 },
	{ "name-label=web vm-list", "", "Syntax error: \n" HINT, 1, 2 },
	{ "vm-list -x 1", "", "Syntax error: \n" HINT, 1, 2 },
	{ "-version", "ThinCLI protocol: 0.2\n", "", 0, 0 },
	{ "vm-list -version", "ThinCLI protocol: 0.2\n", "", 0, 0 },
	{ "help vm-start --minimal", "vm-start\n", "", 0, 0 },
	{ "vm-snapshot vm=x", "", "Required parameter not found: new-name-label\n" HINT, 1, 2 },
	{ "snapshot-revert", "", "Error: Required parameter not found: snapshot-uuid or uuid.\n", 1,
		2 },
};

/* ~/.xe and XE_EXTRA_ARGS may have vxe's words about the output: xe goes on without them, and so does what has no table. */
Test(program, usual_words_about_the_output_hurt_nobody)
{
	static const char usual[] = "json=true,quiet=true,bytes=true,utc=true,verbose=true";
	static const char for_vxe[] = "quiet=true,bytes=true,utc=true,verbose=true";
	_cleanup_(result_clear) struct result xe = { 0 }, vxe = { 0 }, typed = { 0 };

	xe.status = run_nowhere(&xe.io, (struct program){ .as_xe = true, .extra = usual },
		"help vm-start --minimal");
	cr_expect_str_eq(str_text(&xe.io.out), "vm-start\n", "%s", str_text(&xe.io.error));
	cr_expect_eq(xe.status, 0);
	vxe.status = run_nowhere(
		&vxe.io, (struct program){ .extra = for_vxe }, "help vm-start --minimal");
	cr_expect_str_eq(str_text(&vxe.io.out), "vm-start\n", "%s", str_text(&vxe.io.error));
	cr_expect_eq(vxe.status, 0);
	run(&typed, false, "help vm-start --bytes");
	cr_expect_eq(typed.status, 2);
}

/* As xe; tests/unit/xe/words/test_words.c has what vxe says. */
Test(program, unknown_commands_as_xe)
{
	_cleanup_(result_clear) struct result unknown = { 0 }, flag = { 0 }, help = { 0 };

	run(&unknown, true, "no-such-cmd");
	cr_expect_str_eq(str_text(&unknown.io.error), "Unknown command: no-such-cmd\n" HINT);
	cr_expect_eq(unknown.status, 1);
	run(&flag, true, "--minimal vm-list");
	cr_expect_str_eq(str_text(&flag.io.error), "Unknown command: --minimal\n" HINT);
	run(&help, true, "help no-such-cmd");
	cr_expect_str_eq(str_text(&help.io.out), "Unknown command 'no-such-cmd'\n");
	cr_expect_eq(help.status, 0);
}

/* As xe, but the hint names the program and the command, and a syntax error says what is wrong. */
static void expect_error(const char *got, const char *as_xe)
{
	const char *hint = strstr(as_xe, HINT);
	_cleanup_free_ char *start = xstrndup(as_xe, hint ? (size_t)(hint - as_xe) : strlen(as_xe));

	cr_expect(str_starts(got, *as_xe ? "Error: " : ""), "%s", got);
	if (!str_starts(as_xe, "Syntax error: \n"))
		cr_expect(strstr(got, start), "%s: %s", as_xe, got);
	cr_expect(!hint || strstr(got, "For usage run: 'vxe help"), "%s", got);
}

/* As vxe only: xe has no such command. */
Test(program, the_version_is_asked_for)
{
	_cleanup_(result_clear) struct result xe = { 0 }, vxe = { 0 };

	run(&vxe, false, "--version");
	cr_expect_str_eq(str_text(&vxe.io.out), "vxe " VXE_VERSION "\n");
	cr_expect_eq(vxe.status, 0);
	run(&xe, true, "--version");
	cr_expect_str_eq(str_text(&xe.io.error), "Unknown command: --version\n" HINT);
	cr_expect_eq(xe.status, 1);
}

/* Words about the output count before the command as behind it; as xe they do not. */
Test(program, the_output_is_chosen_first_or_last)
{
	static const struct {
		const char *words, *out;
	} lines[] = {
		{ "--json --version", "{\"version\":\"" VXE_VERSION "\"}\n" },
		{ "--version json=true", "{\"version\":\"" VXE_VERSION "\"}\n" },
		{ "--version --json=false", "vxe " VXE_VERSION "\n" },
		{ "--json help pif-scan", "[{\"command name\":\"pif-scan\"," },
		{ "pif-scan --help --json", "[{\"command name\":\"pif-scan\"," },
		{ "json=true --minimal=false --help", "[\"" },
		{ "--minimal help", "cd-list,check," },
	};
	_cleanup_(result_clear) struct result xe = { 0 }, wrong = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		_cleanup_(result_clear) struct result r = { 0 };

		run(&r, false, lines[i].words);
		cr_expect_eq(r.status, 0, "%s", lines[i].words);
		cr_expect(str_starts(str_text(&r.io.out), lines[i].out), "%s: %s", lines[i].words,
			str_text(&r.io.out));
	}
	run(&wrong, false, "--json vm-strat");
	cr_expect_eq(wrong.status, 2);
	cr_expect(str_starts(str_text(&wrong.io.error), "{\"error\": "));
	run(&xe, true, "--json help");
	cr_expect_str_eq(str_text(&xe.io.error), "Unknown command: --json\n" HINT);
}

Test(program, what_fails_in_parsing_opens_nothing)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(result_clear) struct result xe = { 0 }, vxe = { 0 };

		run(&xe, true, cases[i].words);
		cr_expect_str_eq(str_text(&xe.io.out), cases[i].out);
		cr_expect_str_eq(str_text(&xe.io.error), cases[i].error);
		cr_expect_eq(xe.status, cases[i].status);
		run(&vxe, false, cases[i].words);
		cr_expect_str_eq(str_text(&vxe.io.out), cases[i].out);
		expect_error(str_text(&vxe.io.error), cases[i].error);
		cr_expect_eq(vxe.status, cases[i].vxe_status);
	}
}

/* Commands without a meaning on KVM give the reason, whatever their parameters. */
Test(program, refusals_have_a_reason)
{
	static const char wanted[] = "Error: host-license-view does nothing on KVM: there are no "
				     "licences and editions\n";
	static const char *const words[] = { "host-license-view", "host-license-view host-uuid=x" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_(result_clear) struct result xe = { 0 }, vxe = { 0 };

		run(&xe, true, words[i]);
		run(&vxe, false, words[i]);
		cr_expect_str_eq(str_text(&xe.io.out), "");
		cr_expect_str_eq(str_text(&xe.io.error), wanted);
		cr_expect_eq(xe.status, 1);
		cr_expect_str_eq(str_text(&vxe.io.error), wanted);
		cr_expect_eq(vxe.status, 2);
	}
}

/* xe marks some errors, vxe each; and what cannot be read ends with the same status everywhere. */
Test(program, each_error_has_its_mark)
{
	static const char *const words[] = { "no-such-cmd", "vm-param-list", "vm-list -x 1",
		"vm-start force=maybe", "vm-list limit=zz", "vm-wait vm=x state=zz",
		"vm-vcpu-hotplug vm=x new-vcpus=zz", "vbd-create vm-uuid=x device=0 mode=zz",
		"vmss-create name-label=a type=zz", "log since=zz", "event-wait class=zz",
		"vm-list --port 99999" };
	_cleanup_(result_clear) struct result server = { 0 }, trace = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_(result_clear) struct result vxe = { 0 };

		run(&vxe, false, words[i]);
		cr_expect(str_starts(str_text(&vxe.io.error), "Error: "), "%s: %s", words[i],
			str_text(&vxe.io.error));
		cr_expect_null(strstr(str_text(&vxe.io.error), "Error: Error: "));
		cr_expect_eq(vxe.status, 2, "%s: %d", words[i], vxe.status);
	}
	run(&server, false, "vm-list -s elsewhere.example");
	cr_expect(str_starts(str_text(&server.io.error), "Error: vxe works on"));
	run(&trace, true, "vm-vcpu-hotplug vm=x new-vcpus=zz trace=true");
	cr_expect_str_eq(str_text(&trace.io.error),
		"Error: Failed to parse parameter 'new-vcpus': expecting an integer\n"
		"Raised CLI_FAILURE\nBacktrace:\n");
	cr_expect_eq(trace.status, 1);
}

/* Values that a command cannot read are found before the store is opened, too. */
Test(program, bad_values_open_nothing)
{
	static const char *const words[] = { "vm-start force=maybe", "vm-start paused=2",
		"vm-shutdown vm=x force=x", "vm-uninstall force=x",
		"snapshot-uninstall uuid=x force=x", "vm-disk-add vm=x device=0 disk-size=1.5",
		"vm-list all=x", "vm-start multiple=x", "check read-only=x", "snapshot-list tree=x",
		"vm-uninstall dry-run=x", "vm-list json=x", "vm-list minimal=yes" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_(result_clear) struct result r = { 0 };

		run(&r, false, words[i]);
		cr_expect_eq(r.status, 2, "%s", words[i]);
		cr_expect_str_eq(str_text(&r.io.out), "");
		cr_expect_null(strstr(str_text(&r.io.error), "opened"), "%s", words[i]);
	}
}

/* Whoever writes it wants nothing to be changed; xe ignores it, and so does vxe called as xe. */
Test(program, a_dry_run_that_is_unknown_opens_nothing)
{
	static const char *const words[] = { "pif-scan host-uuid=x --dry-run",
		"pif-scan host-uuid=x dry-run=true", "pif-scan host-uuid=x dry-run=false",
		"pif-scan host-uuid=x dry-run", "vm-list --dry-run",
		"vm-uninstall vm=x --dry-run=true", "vm-uninstall vm=x --dryrun",
		"vm-uninstall vm=x dry_run=true", "vm-uninstall vm=x --Dry-Run" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_(result_clear) struct result vxe = { 0 }, xe = { 0 };

		run(&vxe, false, words[i]);
		cr_expect_eq(vxe.status, 2, "%s", words[i]);
		cr_expect_str_eq(str_text(&vxe.io.out), "");
		cr_expect(strstr(str_text(&vxe.io.error), "Nothing was done."), "%s", words[i]);
		cr_expect_null(strstr(str_text(&vxe.io.error), "opened"), "%s", words[i]);
		run(&xe, true, words[i]);
		cr_expect_eq(xe.status, 1, "%s", words[i]);
		cr_expect(strstr(str_text(&xe.io.error), "opened"), "%s", words[i]);
	}
}

/* The error stays; what to do about it is for people. */
Test(program, quiet_leaves_the_hints_out)
{
	static const char *const words[] = { "vm-param-get uuid=x", "vm-list minimal=yes" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_(result_clear) struct result loud = { 0 }, quiet = { 0 }, json = { 0 };
		_cleanup_free_ char *flag = xasprintf("%s --quiet", words[i]);
		_cleanup_free_ char *both = xasprintf("%s quiet=true --json", words[i]);

		run(&loud, false, words[i]);
		run(&quiet, false, flag);
		run(&json, false, both);
		cr_expect_eq(quiet.status, 2);
		cr_expect(str_starts(str_text(&loud.io.error), str_text(&quiet.io.error)));
		cr_expect_gt(quiet.io.error.len, 0);
		cr_expect_null(strstr(str_text(&quiet.io.error), "For usage run"));
		cr_expect_null(strstr(str_text(&quiet.io.error), "next: "));
		cr_expect(str_starts(str_text(&json.io.error), "{\"error\": "));
	}
	_cleanup_(result_clear) struct result r = { 0 };

	run(&r, false, "vm-list quiet=x");
	cr_expect_eq(r.status, 2);
	cr_expect_null(strstr(str_text(&r.io.error), "opened"));
}

Test(program, other_commands_open_the_store)
{
	_cleanup_(result_clear) struct result r = { 0 };

	run(&r, true, "vm-list --minimal");
	cr_expect_eq(r.status, 1);
	cr_expect_str_eq(str_text(&r.io.out), "");
	cr_expect_neq(strstr(str_text(&r.io.error), "store: test\nreason: opened\n"), NULL);
}

Test(program, commands_of_ours_do_not_exist_as_xe)
{
	static const char *const words[] = { "check", "sr-coalesce", "self-test", "fields-doc" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_(result_clear) struct result r = { 0 };

		run(&r, true, words[i]);
		cr_expect(str_starts(str_text(&r.io.error), "Unknown command: "));
	}
}

Test(program, usage_is_no_failure_as_xe)
{
	static const struct {
		const char *words;
		int vxe_status;
	} usages[] = { { "", 2 }, { "--help", 0 }, { "vm-list --help", 0 },
		{ "vm-list port=abc", 2 }, { "username=root", 2 } };

	for (size_t i = 0; i < ARRAY_LEN(usages); i++) {
		_cleanup_(result_clear) struct result xe = { 0 }, vxe = { 0 };

		run(&xe, true, usages[i].words);
		cr_expect_eq(xe.status, 0);
		cr_expect_neq(strstr(str_text(&xe.io.error), "Usage: xe COMMAND"), NULL);
		cr_expect_str_eq(str_text(&xe.io.out), "");
		run(&vxe, false, usages[i].words);
		cr_expect_eq(vxe.status, usages[i].vxe_status);
	}
}

Test(program, other_machines_are_refused)
{
	_cleanup_(result_clear) struct result far = { 0 }, near = { 0 };

	run(&far, true, "-s xen7 help vm-start --minimal");
	cr_expect_eq(far.status, 1);
	cr_expect_neq(strstr(str_text(&far.io.error), "'xen7'"), NULL);
	run(&near, true, "-s localhost help vm-start --minimal");
	cr_expect_eq(near.status, 0);
}

/* Scripts ask the pool for the address of its master and give it to -s. */
Test(program, addresses_of_this_machine_are_not)
{
	struct ifaddrs *all;
	char text[INET_ADDRSTRLEN];

	cr_expect_not(server_is_here("203.0.113.7"));
	cr_expect_not(server_is_here("2001:db8::7"));
	cr_expect_not(server_is_here("127.0.0.1.example"));
	cr_expect(server_is_here("127.0.1.1"));
	cr_assert_eq(getifaddrs(&all), 0);
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		const struct sockaddr_in *in = (const void *)a->ifa_addr;

		if (in && in->sin_family == AF_INET)
			cr_expect(server_is_here(
				inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text))));
	}
	freeifaddrs(all);
}

Test(program, unreadable_password_file)
{
	_cleanup_(result_clear) struct result r = { 0 };

	run(&r, true, "-pwf /nonexistent/file help vm-start");
	cr_expect_eq(r.status, 1);
	cr_expect_str_eq(str_text(&r.io.out), "");
}

Test(program, full_disk_is_told_and_a_closed_pipe_is_not)
{
	_cleanup_(result_clear) struct result full = { .io = { .out_errno = ENOSPC } };
	_cleanup_(result_clear) struct result pipe = { .io = { .out_errno = EPIPE } };

	run(&full, true, "help");
	cr_expect_eq(full.status, 1);
	cr_expect_neq(strstr(str_text(&full.io.error), "cannot be written"), NULL);
	run(&pipe, true, "help");
	cr_expect_eq(pipe.status, 1);
	cr_expect_str_eq(str_text(&pipe.io.error), "");
}

Test(program, minimal_takes_only_true_and_false)
{
	_cleanup_(result_clear) struct result r = { 0 };

	run(&r, true, "no-such-cmd minimal=1");
	cr_expect(str_starts(str_text(&r.io.error), code_info(INTERNAL_ERROR)->text));
	cr_expect_eq(r.status, 1);
}

/* The tables of commands and fields are complete. */
Test(program, self_test)
{
	_cleanup_(result_clear) struct result r = { 0 };

	run(&r, false, "self-test");
	cr_expect_eq(r.status, 0, "%s", str_text(&r.io.error));
	cr_expect(str_ends(str_text(&r.io.out), " fields\n"));
}

/* ---- environment ---------------------------------------------------------------------------- */

Test(program, remote_uris)
{
	static const struct {
		const char *uri;
		bool remote;
	} uris[] = { { "qemu:///system", false }, { "qemu:///session", false },
		{ "qemu:///system?socket=/run/x/sock", false }, { "qemu+unix:///system", false },
		{ "test:///default", false }, { "qemu+ssh://root@host/system", true },
		{ "qemu+ssh:///system", true }, { "qemu+tcp://h/system", true },
		{ "qemu+tls://h/system", true }, { "qemu+libssh://h/system", true },
		{ "qemu+libssh2://h/system", true }, { "qemu://host/system", true } };

	for (size_t i = 0; i < ARRAY_LEN(uris); i++)
		cr_expect_eq(uri_is_remote(uris[i].uri), uris[i].remote, "%s", uris[i].uri);
}

static void set_places(const char *home, const char *store, const char *uri, const char *runtime)
{
	static const char *const names[] = { "HOME", "VXE_STORE", "VXE_CONNECT",
		"XDG_RUNTIME_DIR" };
	const char *const values[] = { home, store, uri, runtime };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (values[i])
			setenv(names[i], values[i], 1);
		else
			unsetenv(names[i]);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("VXE_IMAGES");
}

static const struct {
	const char *home, *store, *uri, *runtime;
	bool root;
	const char *want_store, *want_uri, *want_locks, *want_images;
} places[] = {
	{ "/root", NULL, NULL, NULL, true, "/var/lib/vxe", "qemu:///system", "/run/vxe",
		"/var/lib/libvirt/images/vxe" },
	{ "/home/u", NULL, NULL, "/run/user/5", false, "/home/u/.local/state/vxe",
		"qemu:///session", "/run/user/5/vxe", "/home/u/.local/share/libvirt/images/vxe" },
	{ "/home/u", "/s", "qemu:///system", NULL, false, "/s", "qemu:///system", "/s/locks",
		"/var/lib/libvirt/images/vxe" },
	{ "/home/u", "postgresql://h/db", "qemu:///system", NULL, false, "postgresql://h/db",
		"qemu:///system", "/home/u/.local/state/vxe/locks", "/var/lib/libvirt/images/vxe" },
	{ "/root", "/s", "qemu:///session?socket=/x", NULL, true, "/s", "qemu:///session?socket=/x",
		"/run/vxe", "/root/.local/share/libvirt/images/vxe" },
};

Test(program, places)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		_cleanup_environment_ struct environment e = { 0 };
		_cleanup_error_ struct vxe_error err = { 0 };

		set_places(places[i].home, places[i].store, places[i].uri, places[i].runtime);
		cr_assert_eq(environment_load(&e, &process_settings, places[i].root, &err), 0);
		cr_expect_str_eq(e.config.store, places[i].want_store);
		cr_expect_str_eq(e.config.connect, places[i].want_uri);
		cr_expect_str_eq(e.config.lock_dir, places[i].want_locks);
		cr_expect_str_eq(e.config.image_dir, places[i].want_images);
	}
}

static const char *own(void *ctx, const char *name)
{
	(void)ctx;
	return str_eq(name, "VXE_STORE") ? "/srv/own" : str_eq(name, "HOME") ? "/home/own" : NULL;
}

/* Of a call that another process has sent. */
Test(program, settings_that_are_not_those_of_the_process)
{
	static const struct settings settings = { own, NULL };
	_cleanup_environment_ struct environment e = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	set_places("/home/u", "/srv/process", "test:///default", "/run/user/1");
	cr_assert_eq(environment_load(&e, &settings, false, &err), 0);
	cr_expect_str_eq(e.config.store, "/srv/own");
	cr_expect_str_eq(e.config.connect, "qemu:///session");
	cr_expect_str_eq(e.config.lock_dir, "/srv/own/locks");
	cr_expect_str_eq(e.config.image_dir, "/home/own/.local/share/libvirt/images/vxe");
}

Test(program, no_place_and_no_way)
{
	_cleanup_environment_ struct environment homeless = { 0 }, remote = { 0 };
	_cleanup_error_ struct vxe_error a = { 0 }, b = { 0 };

	set_places(NULL, NULL, NULL, NULL);
	cr_expect_eq(environment_load(&homeless, &process_settings, false, &a), -1);
	cr_expect_eq(a.code, VXE_STORE_UNUSABLE);
	set_places("/home/u", NULL, "qemu+ssh://h/system", NULL);
	cr_expect_eq(environment_load(&remote, &process_settings, false, &b), -1);
	cr_expect_eq(b.code, VXE_REMOTE_URI);
}
