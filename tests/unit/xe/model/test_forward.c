/* SPDX-License-Identifier: MIT */
/*
 * Commands on objects of another host of a pool. The remote of each host is a script that keeps its words, and does what
 * the test says; the test then runs these words on that host.
 */
#include <signal.h>
#include <unistd.h>

#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/host/host_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/two_hosts.h"
#include "xe/program_run.h"
#include "xe/remote/remote_words.h"

static struct io_buffer b;
static const char *remote_does = "";
static bool interrupted;

static void stop(void)
{
	io_buffer_clear(&b);
	hosts_stop();
}

static void adopt_on(int host)
{
	be_host(host);
	next_command();
	OK(adopt_domains(S, &E));
}

/* VM_A is on host 1, VM_B on host 2; both have a remote. */
static void start(void)
{
	hosts_start();
	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	be_host(2);
	add_domain(VM_B, "b", "b.qcow2");
	adopt_on(1);
	adopt_on(2);
	be_host(1);
	_cleanup_free_ char *ways = xasprintf(
		"%s sh %s/program H1\n%s sh %s/program H2\n", hosts[1], dir, hosts[2], dir);

	write_ways(ways);
}

TestSuite(forward, .init = start, .fini = stop);

static bool is_interrupted(void *ctx)
{
	(void)ctx;
	return interrupted;
}

static int interrupted_by(void)
{
	return interrupted ? SIGINT : 0;
}

static int run_argv(int host, bool as_xe, const struct strv *argv)
{
	const struct io io = io_buffered(&b);

	be_host(host);
	const struct program p = { .name = as_xe ? "xe" : "vxe",
		.as_xe = as_xe,
		.io = &io,
		.extra = host == 1 ? "trace=true" : "extra-of-h2=1",
		.cancelled = is_interrupted,
		.ended_by = interrupted_by,
		.session = S };

	io_buffer_clear(&b);
	b = (struct io_buffer){ 0 };
	next_command();
	return program_run(&p, (const char *const *)argv->items, argv->n);
}

static int run_on(int host, bool as_xe, const char *line)
{
	_cleanup_strv_ struct strv argv = { 0 };
	_cleanup_free_ char *script = xasprintf(
		"for word; do printf '%%s\\n' \"$word\"; done >>%s/sent\nprintf '\\0' >&2\n%s\n",
		dir, remote_does);

	write_text("sent", "");
	write_text("program", script);
	strv_split(&argv, line, ' ');
	return run_argv(host, as_xe, &argv);
}

/* What the remote got, a line for each word; owned. The last one has those of vxe. */
static char *sent_words(void)
{
	_cleanup_free_ char *path = at("sent"), *text = read_text(path);
	_cleanup_strv_ struct strv lines = { 0 }, words = { 0 };

	strv_split(&lines, text, '\n');
	for (size_t i = 0; i + 1 < lines.n; i++)
		if (!remote_word_read(lines.items[i], &words))
			strv_add(&words, lines.items[i]);
	return strv_join(&words, "\n");
}

static void expect_sent(const char *wanted)
{
	_cleanup_free_ char *text = sent_words();

	cr_expect_str_eq(text, wanted);
}

static void expect_status(int host, const char *line, int status)
{
	int is = run_on(host, false, line);

	cr_expect_eq(is, status, "%s: %d: %s%s", line, is, str_text(&b.out), str_text(&b.error));
}

static void expect_error(const char *code, const char *line)
{
	_cleanup_free_ char *json = xasprintf("%s --json", line),
			    *wanted = xasprintf("\"error\": \"%s\"", code);

	cr_expect_neq(run_on(1, false, json), 0, "%s", line);
	cr_expect(strstr(str_text(&b.error), wanted), "%s: %s", line, str_text(&b.error));
}

#define AT_2 "H2\nvxe\n--forwarded=" HOST_2 ",usual=1"

Test(forward, a_command_on_another_hosts_vm_runs_there)
{
	remote_does = "echo done; echo remark >&2; exit 5";
	expect_status(1, "vm-start uuid=" VM_B, 5);
	expect_sent(AT_2 "\nvm-start\nuuid=" VM_B "\ntrace=true");
	cr_expect_str_eq(str_text(&b.out), "done\n");
	cr_expect_str_eq(str_text(&b.error), "remark\n");
	expect_status(1, "vm-start vm=b --json", 5);
	expect_sent(AT_2 "\nvm-start\nvm=b\n--json\ntrace=true");
	cr_expect_str_eq(str_text(&b.out), "done\n");
	cr_expect_eq(run_on(1, true, "vm-param-set uuid=" VM_B " name-label=x"), 5);
	expect_sent("H2\nxe\n--forwarded=" HOST_2 ",usual=1\nvm-param-set\nuuid=" VM_B
		    "\nname-label=x\ntrace=true");
}

Test(forward, what_is_here_and_what_reads_does_not)
{
	expect_status(1, "vm-param-set uuid=" VM_A " name-label=x", 0);
	expect_status(1, "vm-list", 0);
	expect_status(1, "vm-param-get uuid=" VM_B " param-name=name-label", 0);
	expect_status(1, "host-param-set uuid=" HOST_2 " name-label=x", 0);
	expect_status(1, "message-create vm-uuid=" VM_B " name=n body=b priority=1", 0);
	expect_sent("");
}

Test(forward, the_other_side_runs_the_words_as_they_came)
{
	_cleanup_strv_ struct strv argv = { 0 };
	_cleanup_free_ char *word = xasprintf("--forwarded=%s,usual=1", HOST_2);

	strv_add(&argv, word);
	strv_add(&argv, "vm-param-set");
	strv_add(&argv, "uuid=" VM_B);
	strv_add(&argv, "name-label=it's\n\"two\" words");
	strv_add(&argv, "trace=true");
	cr_expect_eq(run_argv(2, false, &argv), 0, "%s", str_text(&b.error));
	cr_expect_eq(b.error.len, 1); /* hello */
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_B);
	cr_expect_str_eq(vm->name_label, "it's\n\"two\" words");
}

static int run_forwarded_on(int host, const char *word, const char *line)
{
	_cleanup_strv_ struct strv argv = { 0 };

	strv_take(&argv, xasprintf("--forwarded=%s", word));
	strv_split(&argv, line, ' ');
	return run_argv(host, false, &argv);
}

Test(forward, a_host_for_which_the_command_is_not_refuses_it)
{
	cr_expect_neq(run_forwarded_on(1, HOST_2, "vm-start uuid=" VM_B " --json"), 0);
	cr_expect(strstr(b.error.data + 1, "VXE_WRONG_HOST"), "%s", b.error.data + 1);
	/* nor is it sent on */
	cr_expect_neq(run_forwarded_on(2, HOST_2, "vm-start uuid=" VM_A " --json"), 0);
	cr_expect(strstr(b.error.data + 1, "VXE_TRY_AGAIN"), "%s", b.error.data + 1);
	expect_status(1, "vm-list", 0);
	cr_expect_neq(run_forwarded_on(1, "x,new", "vm-list"), 0);
	cr_expect(strstr(str_text(&b.error), "upgraded"), "%s", str_text(&b.error));
}

Test(forward, a_host_that_is_named_is_the_one_that_acts)
{
	expect_error("VM_REQUIRES_SR", "vm-start vm=a on=second");
	expect_status(1, "vm-start vm=b on=second", 0);
	expect_sent(AT_2 "\nvm-start\nvm=b\non=second\ntrace=true");
	expect_status(1, "host-reboot uuid=" HOST_2 " --force", 0);
	expect_sent(AT_2 "\nhost-reboot\nuuid=" HOST_2 "\n--force\ntrace=true");
	be_host(1);
	FAILS(HOST_OFFLINE, host_end(S, HOST_2, HOST_REBOOT, &E));
}

Test(forward, a_key_of_ssh_can_be_for_vxe_alone)
{
#define NAMED "vm-param-set+uuid=" VM_B "+name-label="
	static const char *const asked[] = { "vxe --forwarded=+" HOST_2 "+" NAMED "0",
		"'xe' '--forwarded=" HOST_2 "' 'vm-param-set' 'uuid=" VM_B "' 'name-label=1'",
		"'sh' '-c' 'id'", "id", "", NULL };

	for (int i = 0; i < 6; i++) {
		const struct io io = io_buffered(&b);
		const struct program p = {
			.name = "vxe", .io = &io, .ssh_command = asked[i], .session = sessions[2]
		};

		io_buffer_clear(&b);
		b = (struct io_buffer){ 0 };
		cr_expect_eq(program_run(&p, (const char *const[]){ "--forwarded" }, 1),
			i < 2 ? 0 : EXIT_USAGE, "%d", i);
		_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_B);
		cr_expect_str_eq(vm->name_label, i ? "1" : "0");
	}
}

static void reach_2_by(const char *words)
{
	_cleanup_free_ char *line = xasprintf("%s %s\n", HOST_2, words);

	write_ways(line);
}

Test(forward, a_host_that_cannot_be_reached_is_named_with_the_reason)
{
	remote_does = "exit 255";
	write_text("silent", "echo 'no route to host' >&2; exit 255");
	_cleanup_free_ char *words = xasprintf("sh %s/silent", dir);

	expect_error("HOST_OFFLINE", "vm-start uuid=" VM_B); /* it had begun */
	reach_2_by(words);
	expect_status(1, "vm-start uuid=" VM_B, 1);
	cr_expect(strstr(str_text(&b.error), "no route to host"), "%s", str_text(&b.error));
	cr_expect(strstr(str_text(&b.error), HOST_2), "%s", str_text(&b.error));
	cr_expect(strstr(str_text(&b.error), words), "%s", str_text(&b.error));
	reach_2_by("/no/such/program");
	expect_error("HOST_OFFLINE", "vm-start uuid=" VM_B);
	/* its address is not known yet */
	reach_2_by("");
	expect_error("HOST_OFFLINE", "vm-start uuid=" VM_B);
}

/* What a record says of the way is never run. */
Test(forward, no_record_says_how_a_host_is_reached)
{
	_cleanup_(host_free_cleanup) struct host *h = find(&host_class, HOST_2);
	_cleanup_free_ char *words = xasprintf("sh %s/program record", dir);

	map_set(&h->other_config, "vxe-remote", words);
	save(&host_class, h);
	expect_status(1, "vm-start uuid=" VM_B, 0);
	expect_sent(AT_2 "\nvm-start\nuuid=" VM_B "\ntrace=true");
	reach_2_by("");
	expect_error("HOST_OFFLINE", "vm-start uuid=" VM_B);
	expect_sent("");
}

/* Every other command is refused, whoever asks, and so is a file of this host. */
Test(forward, a_host_does_for_others_what_acts_on_its_objects)
{
	static const char *const refused[] = { "host-param-set uuid=" HOST_2 " other-config:a=b",
		"pool-dump-database file-name=/tmp/x",
		"pool-restore-database file-name=/tmp/x --force", "host-declare-dead uuid=" HOST_2,
		"vm-list", "message-create vm-uuid=" VM_B " name=n body=b priority=1",
		"appliance-create name-label=x", "vm-resume uuid=" VM_B " filename=/tmp/x" };
	_cleanup_free_ char *pool = xasprintf("pool-param-set uuid=%s name-label=x", S->store_uuid);

	for (size_t i = 0; i <= ARRAY_LEN(refused); i++) {
		const char *line = i < ARRAY_LEN(refused) ? refused[i] : pool;

		cr_expect_neq(run_forwarded_on(2, HOST_2, line), 0, "%s", line);
		cr_expect(strstr(b.error.data + 1, "not allowed") ||
				strstr(b.error.data + 1, "filename"),
			"%s: %s", line, b.error.data + 1);
	}
	cr_expect_eq(run_forwarded_on(2, HOST_2, "vm-param-set uuid=" VM_B " name-label=x"), 0);
}

Test(forward, a_signal_is_passed_on)
{
	interrupted = true;
	remote_does = "cat; exit 143";
	expect_status(1, "vm-start uuid=" VM_B, 130);
}

Test(forward, a_vxe_that_was_killed_there_is_named)
{
	remote_does = "exit 137";
	expect_status(1, "vm-start uuid=" VM_B, 137);
	cr_expect(strstr(str_text(&b.error), HOST_2 " (signal 9)"), "%s", str_text(&b.error));
}

static char *snapshot_of_b(void)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	char *uuid = NULL;

	be_host(2);
	next_command();
	OK(vm_snapshot(S, VM_B, &args, &uuid, &E));
	be_host(1);
	return uuid;
}

Test(forward, what_belongs_to_a_vm_is_at_its_home)
{
	_cleanup_free_ char *snapshot = snapshot_of_b();
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vbd_class, "vm_uuid", VM_B, &vbds, &E));
	txn_abort(TAKE(t));
	const struct vbd *vbd = vbds.items[0];
	char *const lines[] = { xasprintf("snapshot-revert snapshot-uuid=%s", snapshot),
		xasprintf("snapshot-uninstall uuid=%s force=true", snapshot),
		xasprintf("snapshot-param-set uuid=%s name-label=x", snapshot),
		xasprintf("vbd-unplug uuid=%s", vbd->r.uuid),
		xasprintf("vdi-snapshot uuid=%s", vbd->vdi),
		xstrdup("vm-wait uuid=" VM_B " state=running"),
		xstrdup("vbd-create vm-uuid=" VM_B " device=1 type=CD"),
		xstrdup("host-dmesg uuid=" HOST_2),
		xstrdup("host-call-plugin host-uuid=" HOST_2 " plugin=p fn=f"),
		xstrdup("console uuid=" VM_B) };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		expect_status(1, lines[i], 0);
		_cleanup_free_ char *text = sent_words();
		cr_expect(str_starts(text, AT_2), "%s: %s", lines[i], text);
		free(lines[i]);
	}
	/* one that asks gets its input */
	_cleanup_free_ char *asks = xasprintf("snapshot-uninstall uuid=%s", snapshot);
	expect_status(1, asks, 0);
	_cleanup_free_ char *text = sent_words();
	cr_expect(strstr(text, ",input\n"), "%s", text);
}

Test(forward, vms_of_several_hosts_are_done_each_at_its_home)
{
	remote_does = "echo 11111111-1111-4111-8111-111111111111";
	expect_status(1, "vm-snapshot new-name-label=s --multiple", 0);
	expect_sent(
		AT_2 ",part,only=" VM_B "\nvm-snapshot\nnew-name-label=s\n--multiple\ntrace=true");
	/* that of the last VM first, as on one host */
	cr_expect(str_starts(str_text(&b.out), "11111111-1111-4111-8111-111111111111\n"), "%s",
		str_text(&b.out));
	cr_expect_eq(strlen(str_text(&b.out)), 2 * 37);
	/* an error of there is told as one of here */
	remote_does =
		"printf '\\0VM_BAD_POWER_STATE\\0003\\0" VM_B "\\0halted\\0running\\0' >&2; exit 1";
	expect_status(1, "vm-start --multiple", 5);
	cr_expect(strstr(str_text(&b.out), "operation failed on " VM_B), "%s", str_text(&b.out));
	cr_expect(strstr(str_text(&b.out), "running"), "%s", str_text(&b.out));
	expect_error("VXE_SEVERAL_HOSTS", "vm-uninstall --multiple force=true");
	expect_error("VXE_SEVERAL_HOSTS", "vm-snapshot new-name-label=s --multiple dry-run=true");
	expect_sent("");
}

Test(forward, the_part_of_another_host_is_its_result_alone)
{
	const char word[] = HOST_2 ",part,only=" VM_B;

	cr_expect_eq(
		run_forwarded_on(2, word, "vm-snapshot new-name-label=s --multiple --json"), 0);
	cr_expect_eq(strlen(str_text(&b.out)), 37, "%s", str_text(&b.out));
	cr_expect_eq(run_forwarded_on(2, word, "vm-unpause --multiple --json"), 1);
	cr_expect_str_eq(b.error.data + 2, "VM_BAD_POWER_STATE");
}

Test(forward, files_are_those_of_the_host_on_which_they_are_named)
{
	_cleanup_free_ char *file = at("b.xva"),
			    *line = xasprintf("vm-export vm=b filename=%s", file);

	remote_does = "printf archive";
	expect_status(1, line, 0);
	expect_file(file, "archive");
	cr_expect_str_eq(str_text(&b.out), "Export succeeded\n");
	_cleanup_free_ char *sent = xasprintf(
		AT_2 ",part,only=" VM_B "\nvm-export\nvm=b\nfilename=%s\ntrace=true", file);
	expect_sent(sent);
	cr_expect_eq(
		run_forwarded_on(2, HOST_2 ",part,only=" VM_B, "vm-export vm=b filename=x"), 0);
	/* one that has failed leaves none */
	unlink(file);
	remote_does = "printf part; exit 1";
	expect_status(1, line, 1);
	expect_file(file, "-");
	expect_error("VXE_FILE_HERE", "vm-resume vm=b filename=/tmp/x");
	expect_sent("");
}
