/* SPDX-License-Identifier: MIT */
/* Commands on objects that are records alone, whole: secrets, schedules, appliances, messages. */
#include "tests/unit/host_fixture.h"

#include "objects/task.h"
#include "tests/unit/io_buffer.h"
#include "xe/program.h"

static struct io_buffer b;

static void start(void)
{
	host_start_mem();
	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
}

static void stop(void)
{
	io_buffer_clear(&b);
	host_stop();
}

TestSuite(object, .init = start, .fini = stop);

/* The exit status of a line of words as `xe`; its output is in b. */
static int run(const char *line)
{
	const struct io io = io_buffered(&b);
	const struct program p = { .name = "xe", .as_xe = true, .io = &io, .session = S };
	_cleanup_strv_ struct strv argv = { 0 };

	io_buffer_clear(&b);
	strv_split(&argv, line, ' ');
	next_command();
	return program_run(&p, (const char *const *)argv.items, argv.n);
}

/* What a line prints, without its end; owned. */
static char *out(const char *line)
{
	cr_expect_eq(run(line), 0, "%s: %s", line, str_text(&b.error));

	char *text = xstrdup(str_text(&b.out));

	text[strcspn(text, "\n")] = '\0';
	return text;
}

#define PRINTS(wanted, ...)                                                                        \
	do {                                                                                       \
		_cleanup_free_ char *line_ = xasprintf(__VA_ARGS__);                               \
		_cleanup_free_ char *text_ = out(line_);                                           \
		cr_expect_str_eq(text_, wanted, "%s: %s", line_, text_);                           \
	} while (0)
#define COMPLAINS(wanted, ...)                                                                     \
	do {                                                                                       \
		_cleanup_free_ char *line_ = xasprintf(__VA_ARGS__);                               \
		cr_expect_eq(run(line_), 1, "%s", line_);                                          \
		cr_expect(strstr(str_text(&b.error), wanted), "%s: %s", line_,                     \
			str_text(&b.error));                                                       \
	} while (0)

Test(object, secrets)
{
	_cleanup_free_ char *uuid = out("secret-create value=x other-config:owner=bob");

	PRINTS("x", "secret-param-get uuid=%s param-name=value", uuid);
	PRINTS("", "secret-param-set uuid=%s value=y", uuid);
	PRINTS(uuid, "secret-list value=y --minimal");
	PRINTS("", "secret-destroy uuid=%s", uuid);
	PRINTS("", "secret-list --minimal");
	COMPLAINS("uuid: ", "secret-destroy uuid=%s", uuid);
}

static const struct {
	const char *words, *schedule;
} schedules[] = {
	{ "frequency=hourly", "min: 0" },
	{ "frequency=daily schedule:hour=07", "hour: 07; min: 0" },
	{ "frequency=weekly schedule:days=sunday,MONDAY schedule:min=45",
		"days: Sunday,Monday; min: 45; hour: 0" },
};

static const struct {
	const char *words, *field;
} bad_schedules[] = {
	{ "frequency=hourly schedule:hour=1", "schedule:hour" },
	{ "frequency=daily schedule:hour=24", "schedule:hour" },
	{ "frequency=daily schedule:min=10", "schedule:min" },
	{ "frequency=weekly schedule:days=Monday,monday", "schedule:days" },
	{ "frequency=weekly schedule:days=Someday", "schedule:days" },
	{ "frequency=daily schedule:bogus=1", "schedule:bogus" },
	{ "frequency=daily retained-snapshots=11", "retained_snapshots" },
	{ "frequency=daily retained-snapshots=0", "retained_snapshots" },
	{ "frequency=yearly", "Expected one of" },
};

Test(object, schedules_are_checked)
{
	for (size_t i = 0; i < ARRAY_LEN(schedules); i++) {
		_cleanup_free_ char *line =
			xasprintf("vmss-create name-label=n type=snapshot %s", schedules[i].words);
		_cleanup_free_ char *uuid = out(line);

		PRINTS(schedules[i].schedule, "vmss-param-get uuid=%s param-name=schedule", uuid);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad_schedules); i++)
		COMPLAINS(bad_schedules[i].field, "vmss-create name-label=n type=snapshot %s",
			bad_schedules[i].words);
}

Test(object, schedules_change)
{
	_cleanup_free_ char *uuid =
		out("vmss-create name-label=n type=checkpoint frequency=weekly schedule:min=15");

	PRINTS("", "vmss-param-set uuid=%s schedule:days=tuesday,friday", uuid);
	PRINTS("Tuesday,Friday", "vmss-param-get uuid=%s param-name=schedule param-key=days", uuid);
	COMPLAINS("schedule:min", "vmss-param-set uuid=%s schedule:min=7", uuid);
	COMPLAINS("retained_snapshots", "vmss-param-set uuid=%s retained-snapshots=11", uuid);
	PRINTS("", "vmss-param-set uuid=%s frequency=hourly", uuid);
	PRINTS("min: 15", "vmss-param-get uuid=%s param-name=schedule", uuid);
	PRINTS("7", "vmss-param-get uuid=%s param-name=retained-snapshots", uuid);
	PRINTS("true", "vmss-param-get uuid=%s param-name=enabled", uuid);
}

Test(object, schedules_have_members)
{
	_cleanup_free_ char *uuid =
		out("vmss-create name-label=n type=snapshot frequency=daily");
	_cleanup_free_ char *snapshot = out("vm-snapshot vm=a new-name-label=s");
	_cleanup_free_ char *control = out("vm-list is-control-domain=true --minimal");

	PRINTS("", "vm-param-set uuid=" VM_A " snapshot-schedule=%s", uuid);
	PRINTS(VM_A, "vmss-param-get uuid=%s param-name=VMs", uuid);
	COMPLAINS("vm: ", "snapshot-param-set uuid=%s snapshot-schedule=%s", snapshot, uuid);
	COMPLAINS("field: ", "vm-param-set uuid=%s snapshot-schedule=%s", control, uuid);
	cr_expect_eq(run("vmss-destroy uuid=x"), 1);
	COMPLAINS("schedule", "vmss-destroy uuid=%s", uuid); /* VMSS_HAS_VM */
	PRINTS("", "vm-param-set uuid=" VM_A " snapshot-schedule=");
	PRINTS("", "vmss-destroy uuid=%s", uuid);
	PRINTS("", "vmss-list --minimal");
}

Test(object, appliances)
{
	_cleanup_free_ char *uuid = out("appliance-create name-label=shop name-description=d");
	_cleanup_free_ char *control = out("vm-list is-control-domain=true --minimal");

	PRINTS("", "vm-param-set uuid=" VM_A " appliance=%s", uuid);
	PRINTS(VM_A, "appliance-list name-label=shop params=VMs --minimal");
	COMPLAINS("reason: ", "vm-param-set uuid=%s appliance=%s", control, uuid);
	PRINTS("", "appliance-destroy uuid=%s", uuid);
	PRINTS("<not in database>", "vm-param-get uuid=" VM_A " param-name=appliance");
}

Test(object, messages)
{
	_cleanup_free_ char *uuid = NULL;

	PRINTS("", "message-create name=N priority=3 body=b vm-uuid=" VM_A);
	PRINTS("", "message-create name=M priority=4 body=b vm-uuid=" VM_A);
	uuid = out("message-list name=N --minimal");
	PRINTS("VM", "message-param-get uuid=%s param-name=class", uuid);
	PRINTS(VM_A, "message-param-get uuid=%s param-name=obj-uuid", uuid);
	COMPLAINS("Need one of: vm-uuid", "message-create name=N priority=3 body=b");
	COMPLAINS("uuid: ", "message-create name=N priority=3 body=b sr-uuid=" VM_A);
	COMPLAINS("whole number", "message-create name=N priority=x body=b vm-uuid=" VM_A);
	COMPLAINS("Need one of uuid, uuids", "message-destroy");
	COMPLAINS("Ambiguous", "message-destroy uuid=x uuids=y");
	/* All or none. */
	COMPLAINS("uuid: ", "message-destroy uuids=%s,nosuch", uuid);
	PRINTS(uuid, "message-list name=N --minimal");
	PRINTS("", "message-destroy uuid=%s", uuid);
	PRINTS("", "message-list name=N --minimal");
	COMPLAINS("before", "message-destroy-all before=yesterday");
	PRINTS("", "message-destroy-all before=2020-01-01T00:00:00Z");
	PRINTS("M", "message-list params=name --minimal");
	PRINTS("", "message-destroy-all priority=4");
	PRINTS("", "message-list --minimal");
}

Test(object, tasks_can_be_cancelled)
{
	_cleanup_(task_free_cleanup) struct task *task = record_new(&task_class), *now = NULL;

	task->r.uuid = xstrdup(VM_B);
	save(&task_class, task);
	PRINTS("pending", "task-list params=status --minimal");
	PRINTS("", "task-cancel uuid=" VM_B);
	PRINTS("cancelling", "task-list params=status --minimal");
	now = find(&task_class, VM_B);
	cr_expect(now->cancelled);
	COMPLAINS("uuid: ", "task-cancel uuid=nosuch");
}

Test(object, hosts)
{
	_cleanup_free_ char *host = out("host-list --minimal");

	PRINTS("", "host-disable host=%s", host);
	PRINTS("false", "host-param-get uuid=%s param-name=enabled", host);
	COMPLAINS("host-enable", "vm-start vm=a"); /* NO_HOSTS_AVAILABLE */
	COMPLAINS(host, "vm-start vm=a on=%s", host); /* HOST_DISABLED */
	COMPLAINS("No matching hosts found", "host-enable host=nosuch");
	COMPLAINS("No matching hosts found", "host-enable enabled=true");
	PRINTS("", "host-enable enabled=false");
	PRINTS("true", "host-param-get uuid=%s param-name=enabled", host);
	PRINTS("", "vm-start vm=a");
	PRINTS("false", "host-is-in-emergency-mode");
	PRINTS("0", "host-compute-memory-overhead");
	COMPLAINS("uuid: ", "host-cpu-info uuid=nosuch");
	cr_expect_eq(run("host-cpu-info"), 0);
	cr_expect(str_starts(str_text(&b.out), "cpu_count "), "%s", str_text(&b.out));
	PRINTS("", "pool-sync-database");
}

static void overwrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f);
	fputs(text, f);
	fclose(f);
}

Test(object, database)
{
	_cleanup_free_ char *file = at("dump"), *bad = at("bad");
	_cleanup_free_ char *secret = out("secret-create value=x"), *after = NULL;

	PRINTS("", "pool-dump-database file-name=%s", file);
	COMPLAINS("exists", "pool-dump-database file-name=%s", file);
	PRINTS("", "vm-param-set uuid=" VM_A " name-description=changed");
	PRINTS("", "secret-destroy uuid=%s", secret);
	after = out("secret-create value=y");
	PRINTS("Dry-run backup restore successful",
		"pool-restore-database file-name=%s dry-run=true", file);
	PRINTS("y", "secret-list params=value --minimal");
	COMPLAINS("--force", "pool-restore-database file-name=%s", file);
	PRINTS("", "pool-restore-database file-name=%s --force", file);
	PRINTS("x", "secret-list params=value --minimal");
	PRINTS(secret, "secret-list --minimal");
	overwrite(bad, "{}");
	COMPLAINS("no database of vxe", "pool-restore-database file-name=%s --force", bad);
	overwrite(bad, "{\"format\":\"vxe-database\",\"version\":2}");
	COMPLAINS("another version", "pool-restore-database file-name=%s --force", bad);
	overwrite(bad, "{\"format\":\"vxe-database\",\"version\":1,\"host\":\"x\"}");
	COMPLAINS("found: ", "pool-restore-database file-name=%s --force", bad);
	COMPLAINS("Cannot read", "pool-restore-database file-name=/nonexistent --force");
	PRINTS("x", "secret-list params=value --minimal");
}
