/* SPDX-License-Identifier: MIT */
/*
 * Whole commands on objects that exist only as records: secrets, schedules, appliances, messages.
 */
#include "tests/unit/command_fixture.h"

#include "objects/classes/common/task.h"
#include "objects/domain/adopt.h"
#include "objects/engine/message.h"

static void start(void)
{
	host_start_mem();
	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
}

TestSuite(object, .init = start, .fini = command_stop);

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

/* As in xe a key may be set that only another frequency uses, and removed whatever it is. */
Test(object, keys_of_a_schedule)
{
	_cleanup_free_ char *uuid =
		out("vmss-create name-label=n type=snapshot frequency=hourly schedule:min=30");
#define GET "vmss-param-get uuid=%s param-name=schedule"

	PRINTS("", "vmss-param-set uuid=%s schedule:days=MONDAY,sunday schedule:hour=007", uuid);
	PRINTS("min: 30; days: Monday,Sunday; hour: 007", GET, uuid);
	COMPLAINS("field: schedule:days\nvalue: Monday,Monday",
		"vmss-param-set uuid=%s schedule:days=Monday,Monday", uuid);
	COMPLAINS("field: schedule:bogus", "vmss-param-set uuid=%s schedule:bogus=1", uuid);
	COMPLAINS(
		"field: schedule:hour\nvalue: 24", "vmss-param-set uuid=%s schedule:hour=24", uuid);
	PRINTS("min: 30; days: Monday,Sunday; hour: 007", GET, uuid);
	PRINTS("", "vmss-param-remove uuid=%s param-name=schedule param-key=min", uuid);
	COMPLAINS("Key min is not in map",
		"vmss-param-remove uuid=%s param-name=schedule param-key=min", uuid);
	PRINTS("days: Monday,Sunday; hour: 007", GET, uuid);
	COMPLAINS("field: schedule:min", "vmss-param-add uuid=%s param-name=schedule min=20", uuid);
	PRINTS("", "vmss-param-add uuid=%s param-name=schedule min=45", uuid);
	PRINTS("", "vmss-param-set uuid=%s frequency=daily", uuid);
	PRINTS("hour: 007; min: 45", GET, uuid);
	PRINTS("", "vmss-param-clear uuid=%s param-name=schedule", uuid);
	PRINTS("", GET, uuid);
	PRINTS("", "vmss-param-set uuid=%s frequency=weekly", uuid);
	PRINTS("min: 0; hour: 0; days: Monday", GET, uuid);
	COMPLAINS("Field 'last-run-time' is read-only",
		"vmss-param-set uuid=%s last-run-time=20260101T00:00:00Z", uuid);
	PRINTS("19700101T00:00:00Z", "vmss-param-get uuid=%s param-name=last-run-time", uuid);
	COMPLAINS("Cannot clear this parameter", "vmss-param-clear uuid=%s param-name=type", uuid);
	COMPLAINS("Unknown field 'timezone'", "vmss-param-set uuid=%s timezone=UTC", uuid);
}

/* vmss-destroy also deletes the schedule's messages; a revert keeps the schedule, a clone has none. */
Test(object, schedules_and_their_vms)
{
	_cleanup_free_ char *uuid = out("vmss-create name-label=n type=snapshot frequency=daily");
	_cleanup_free_ char *snapshot = NULL, *clone = NULL;

	PRINTS("", "vm-param-set uuid=" VM_A " snapshot-schedule=%s", uuid);
	snapshot = out("vm-snapshot vm=a new-name-label=s");
	clone = out("vm-clone vm=a new-name-label=c");
	PRINTS("<not in database>", "vm-param-get uuid=%s param-name=snapshot-schedule", clone);
	PRINTS("<not in database>", "snapshot-param-get uuid=%s param-name=snapshot-schedule",
		snapshot);
	PRINTS("false", "snapshot-param-get uuid=%s param-name=is-vmss-snapshot", snapshot);
	PRINTS("", "snapshot-revert uuid=%s", snapshot);
	PRINTS(uuid, "vm-param-get uuid=" VM_A " param-name=snapshot-schedule");
	COMPLAINS("vmss: ", "vm-param-set uuid=" VM_A " is-a-template=true");

	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(message_free_cleanup) struct message *m = record_new(&message_class);
	_cleanup_free_ char *message = NULL;

	m->cls = MESSAGE_CLS_VMSS;
	str_replace(&m->obj_uuid, uuid);
	str_replace(&m->name, "VMSS_SNAPSHOT_FAILED");
	cr_assert_eq(message_create(S, m, &message, &err), 0);
	PRINTS(message, "message-list obj-uuid=%s --minimal", uuid);
	PRINTS("", "vm-param-set uuid=" VM_A " snapshot-schedule=");
	PRINTS("", "vmss-destroy uuid=%s", uuid);
	PRINTS("", "message-list obj-uuid=%s --minimal", uuid);
}

Test(object, schedules_have_members)
{
	_cleanup_free_ char *uuid = out("vmss-create name-label=n type=snapshot frequency=daily");
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

/* The second VM starts after the first, and stops before it. */
Test(object, appliances_start_in_order)
{
	_cleanup_free_ char *uuid = out("appliance-create name-label=shop");

	make_image("b", NULL, NULL);
	add_domain(VM_B, "b", "b");
	PRINTS("", "vm-param-set uuid=" VM_A " appliance=%s order=2", uuid);
	PRINTS("", "vm-param-set uuid=" VM_B " appliance=%s order=1 start-delay=1", uuid);
	hv_mock_fail(mock, "start", 1, HV_MOCK_BEFORE, "no");
	COMPLAINS("operation: VM_appliance.start\n<extra>: " VM_A, "appliance-start uuid=%s",
		uuid); /* OPERATION_PARTIALLY_FAILED */
	cr_expect_eq(hv_mock_state(mock, VM_B), HV_RUNNING);
	PRINTS("", "appliance-start uuid=%s", uuid);
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
	hv_mock_fail(mock, "destroy", 1, HV_MOCK_BEFORE, "no");
	cr_expect_eq(run("appliance-shutdown uuid=x --force"), 1);
	COMPLAINS("hard_shutdown", "appliance-shutdown uuid=%s --force", uuid);
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
	cr_expect_eq(hv_mock_state(mock, VM_B), HV_RUNNING);
	PRINTS("", "appliance-shutdown uuid=%s", uuid);
	PRINTS("", "appliance-start uuid=%s paused=true", uuid);
	cr_expect_eq(hv_mock_state(mock, VM_B), HV_PAUSED);
}

Test(object, interfaces_are_always_new)
{
	PRINTS("", "pif-scan host-uuid=%s", S->here->uuid);
	COMPLAINS("uuid: " VM_A, "pif-scan host-uuid=" VM_A);
	COMPLAINS("the system's own tools", "vlan-create pif-uuid=x vlan=2 network-uuid=x");
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
	COMPLAINS("Error: Priority field should be an integer\n",
		"message-create name=N priority=x body=b vm-uuid=" VM_A);
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
	COMPLAINS("no enabled host", "vm-start vm=a"); /* NO_HOSTS_AVAILABLE */
	COMPLAINS(host, "vm-start vm=a on=%s", host);  /* HOST_DISABLED */
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

/* Content goes neither to the program's output texts nor to descriptor 1 of the process. */
Test(object, content_goes_to_the_output)
{
	_cleanup_free_ char *all = out("template-list params=uuid --minimal");
	_cleanup_free_ char *line = xasprintf("template-export filename= template-uuid=%.36s", all);
	char head[16] = "";

	cr_assert_eq(run(line), 0, "%s", str_text(&b.error));
	cr_expect_str_eq(str_text(&b.out), "");
	cr_assert_eq(pread(b.content, head, 8, 0), 8);
	cr_expect_str_eq(head, "ova.xml");
	cr_assert_eq(run("pool-dump-database file-name="), 0, "%s", str_text(&b.error));
	cr_assert_eq(pread(b.content, head, 1, 0), 1);
	cr_expect_eq(head[0], '{');
}

/* Words of xe that vxe cannot obey are refused by name, before any file is read. */
Test(object, words_of_import)
{
	COMPLAINS("Only metadata import function support dry-run\n",
		"vm-import filename=/no/file dry-run=true");
	COMPLAINS("Invalid arguments. The 'url' and 'filename' parameters should not both be "
		  "specified.\n",
		"vm-import url=http://host/x filename=/no/file");
	COMPLAINS("value: ftp://host/x", "vm-import url=ftp://host/x");
	COMPLAINS("type=", "vm-import filename=/no/file type=esx");
	COMPLAINS("host-username=", "vm-import filename=/no/file host-username=root");
	COMPLAINS("host-password=", "vm-import filename=/no/file host-password=x");
	COMPLAINS("remote-config=", "vm-import filename=/no/file remote-config=x");
	COMPLAINS("Operation failed. Error: file '/no/file' does not exist\n",
		"vm-import filename=/no/file");
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
	COMPLAINS("not a database of vxe", "pool-restore-database file-name=%s --force", bad);
	overwrite(bad, "{\"format\":\"vxe-database\",\"version\":2}");
	COMPLAINS("another version", "pool-restore-database file-name=%s --force", bad);
	overwrite(bad, "{\"format\":\"vxe-database\",\"version\":1,\"host\":\"x\"}");
	COMPLAINS("found: ", "pool-restore-database file-name=%s --force", bad);
	COMPLAINS("file '/nonexistent' does not exist",
		"pool-restore-database file-name=/nonexistent --force");
	PRINTS("x", "secret-list params=value --minimal");
}
