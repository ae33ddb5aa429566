/* SPDX-License-Identifier: MIT */
/* Searches, refusals and outputs of xe's commands that are easy to get wrong, byte for byte. */
#include "tests/unit/command_fixture.h"

#include "objects/classes/common/task.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/domain/adopt.h"

#define SR_ISO "eeeeeeee-0000-4000-8000-000000000001"
#define NONE "00000000-1111-4222-8333-444444444444"

static int seen;

static void start(void)
{
	host_start_mem();
	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
}

TestSuite(xe_words, .init = start, .fini = command_stop);

/* Compares both outputs of a command line and its status. */
static void expect(const char *line, int status, const char *wanted_out, const char *wanted_error)
{
	cr_expect_eq(run(line), status, "%s: %s", line, str_text(&b.error));
	cr_expect_str_eq(str_text(&b.out), wanted_out, "%s: %s", line, str_text(&b.out));
	cr_expect_str_eq(str_text(&b.error), wanted_error, "%s: %s", line, str_text(&b.error));
}

/* ---- what is refused ------------------------------------------------------------------------- */

static const struct {
	const char *line, *error;
} refusals[] = {
	{ "vm-start vm=a on=nowhere", "Host nowhere not found" },
	{ "vm-resume vm=a on=nowhere", "Host nowhere not found" },
	{ "vm-start vm=a force=maybe",
		"Failed to parse parameter 'force': Expected "
		"'true','t','yes','y','1','false','f','no','n','0' got maybe" },
	{ "vm-disk-add vm=a device=1 disk-size=1.5GiB",
		"Failed to parse field 'disk-size': expecting an integer (possibly with suffix "
		"KiB, MiB, GiB, TiB), got '1.5GiB'" },
	{ "vm-disk-remove vm=a device=9", "Disk not found" },
	{ "vm-vcpu-hotplug vm=a new-vcpus=x",
		"Failed to parse parameter 'new-vcpus': expecting an integer" },
	{ "vm-install new-name-label=n",
		"Template must be specified by parameter 'template-uuid', 'template-name', "
		"'template-name-label' or 'template'" },
	{ "vm-install new-name-label=n template-uuid=" NONE, "Cannot find template" },
	{ "vm-install new-name-label=n template-uuid=" VM_A, "Can only install from templates" },
	{ "vm-install new-name-label=n template=" VM_A, "Can only install from templates" },
	{ "vm-install new-name-label=n template=a", "No templates matched" },
	{ "vm-install new-name-label=n template-name=" NONE, "No templates matched" },
	{ "vm-install new-name-label=n template-name-label=two",
		"More than one matching template found" },
	{ "vm-install new-name-label=n template=one sr-name-label=none",
		"No SR with that name-label found" },
	{ "vm-install new-name-label=n template=one sr-name-label=discs",
		"Multiple SRs with that name-label found" },
	{ "vm-cd-add vm=a cd-name=none.iso device=3", "CD none.iso not found!" },
	{ "vm-cd-insert vm=a cd-name=none.iso", "CD none.iso not found" },
	{ "vm-cd-insert vm=a cd-name=cd.iso",
		"Multiple CDs named cd.iso found. Please use vbd-insert and specify uuids" },
	{ "vm-cd-remove vm=a cd-name=cd.iso", "Disk not found" },
	{ "vm-cd-eject vm=a", "No CDs found" },
	{ "vbd-unplug uuid=" NONE " timeout=soon",
		"Failed to parse parameter 'timeout': expecting a float" },
	{ "snapshot-revert", "Required parameter not found: snapshot-uuid or uuid." },
	{ "vm-memory-target-set vm=one target=1GiB", "No matching VMs found" },
	{ "host-disable vm=a", "Unknown field 'vm'" },
	{ "vm-start host=x", "Unknown field 'host'" },
	{ "vm-memory-balloon vm=one target=1GiB", "No matching VMs found" },
};

static void add_cd(const char *sr_uuid, const char *uuid)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_new(&vdi_class);

	str_replace(&sr->r.uuid, sr_uuid);
	str_replace(&sr->name_label, "discs");
	str_replace(&sr->content_type, "iso");
	save(&sr_class, sr);
	str_replace(&vdi->r.uuid, uuid);
	str_replace(&vdi->sr, sr_uuid);
	str_replace(&vdi->name_label, "cd.iso");
	save(&vdi_class, vdi);
}

Test(xe_words, what_is_refused)
{
	free(out("vm-snapshot vm=a new-name-label=one"));
	free(out("vm-snapshot vm=a new-name-label=two"));
	free(out("vm-snapshot vm=a new-name-label=two"));
	add_cd(SR_ISO, "eeeeeeee-0000-4000-8000-00000000000a");
	add_cd("eeeeeeee-0000-4000-8000-000000000002", "eeeeeeee-0000-4000-8000-00000000000b");
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		_cleanup_free_ char *wanted = xasprintf("Error: %s\n", refusals[i].error);

		expect(refusals[i].line, 1, "", wanted);
	}
	COMPLAINS("type: VM\nuuid: " NONE,
		"vif-create vm-uuid=" NONE " network-uuid=" NONE " device=0");
	COMPLAINS("type: network\nuuid: " NONE,
		"vif-create vm-uuid=" VM_A " network-uuid=" NONE " device=0");
	COMPLAINS("type: host\nuuid: " NONE,
		"vm-install new-name-label=n template=one copy-bios-strings-from=" NONE);
	PRINTS(VM_A, "vm-list is-control-domain=false --minimal");
}

Test(xe_words, new_vms_have_no_vendor_device)
{
	_cleanup_free_ char *made = out("vm-create name-label=m");
	_cleanup_free_ char *snapshot = out("vm-snapshot vm=a new-name-label=s"), *installed = NULL;

	PRINTS("false", "snapshot-param-get uuid=%s param-name=has-vendor-device", snapshot);
	PRINTS("false", "vm-list params=has-vendor-device name-label=a --minimal");
	installed = out("vm-install new-name-label=n template=s");
	PRINTS("false", "vm-param-get uuid=%s param-name=has-vendor-device", made);
	PRINTS("false", "vm-param-get uuid=%s param-name=has-vendor-device", installed);
}

/* Templates are changed by the other commands of that kind. */
Test(xe_words, memory_of_a_template)
{
	_cleanup_free_ char *uuid = out("vm-clone vm=a new-name-label=t");

	PRINTS("", "vm-param-set uuid=%s is-a-template=true", uuid);
	COMPLAINS("No matching VMs", "vm-memory-target-set uuid=%s target=64MiB", uuid);
	PRINTS("",
		"vm-memory-limits-set uuid=%s static-min=32MiB dynamic-min=32MiB "
		"dynamic-max=64MiB static-max=64MiB",
		uuid);
	PRINTS("33554432", "template-param-get uuid=%s param-name=memory-dynamic-min", uuid);
}

/* sr-uuid= selects one of several SRs with the same name. */
Test(xe_words, an_sr_by_both)
{
	_cleanup_free_ char *template = out("vm-clone vm=a new-name-label=t");
	_cleanup_free_ char *other = out("pool-list params=default-SR --minimal");

	PRINTS("", "vm-param-set uuid=%s is-a-template=true", template);
	add_cd(SR_ISO, "eeeeeeee-0000-4000-8000-00000000000a");
	add_cd("eeeeeeee-0000-4000-8000-000000000002", "eeeeeeee-0000-4000-8000-00000000000b");
	COMPLAINS("Error: SR specified via sr-uuid doesn't have the name specified via "
		  "sr-name-label\n",
		"vm-install new-name-label=n template=t sr-name-label=discs sr-uuid=%s", other);
	COMPLAINS("type: SR\nuuid: " NONE,
		"vm-install new-name-label=n template=t sr-name-label=discs sr-uuid=" NONE);
	COMPLAINS("sr: " SR_ISO " (discs)", /* which takes no disks */
		"vm-install new-name-label=n template=t sr-name-label=discs sr-uuid=" SR_ISO);
}

/* ---- what is printed ------------------------------------------------------------------------- */

Test(xe_words, lines_for_people_and_minimal)
{
	expect("host-is-in-emergency-mode", 0, "false\n", "");
	expect("host-is-in-emergency-mode --minimal", 0, "\n", "");
	expect("host-compute-memory-overhead --minimal", 0, "\n", "");
	expect("vm-compute-memory-overhead vm=a", 0, "0\n", "");
	expect("vm-compute-memory-overhead vm=a --minimal", 0, "\n", "");
	expect("vm-compute-maximum-memory vm=a total=1MiB --minimal", 0, "1048576\n", "");
}

/* The host's reasons come before the error. */
Test(xe_words, a_host_that_takes_no_vm)
{
	_cleanup_free_ char *host = out("host-list params=name-label --minimal");
	_cleanup_free_ char *wanted = xasprintf(
		"There are no suitable hosts to start this VM on.\n"
		"The following table provides per-host reasons for why the VM could not be "
		"started:\n\n"
		"%s    : Cannot start here [Host disabled (use 'xe host-enable' to "
		"re-enable)]\n\n\n",
		host);

	PRINTS("", "host-disable");
	cr_expect_eq(run("vm-start vm=a"), 1);
	cr_expect_str_eq(str_text(&b.out), wanted);
	cr_expect_eq(run("vm-start vm=a --minimal"), 1);
	cr_expect_str_eq(str_text(&b.out), "");
}

static void see_task(struct hv_mock *m, void *ctx)
{
	_cleanup_records_ struct records tasks = all_of(&task_class);
	const struct task *task = tasks.n ? tasks.items[0] : NULL;

	(void)m, (void)ctx;
	cr_assert_eq(tasks.n, 1);
	cr_expect_str_eq(task->name_label, "Async.VM.start");
	cr_expect_str_eq(task->name_description, "");
	seen++;
}

/* Scripts find the operation of another user by the name of its task. */
Test(xe_words, a_task_has_the_name_that_xe_gives_it)
{
	hv_mock_before(mock, "start", see_task, NULL);
	PRINTS("", "vm-start vm=a");
	cr_expect_eq(seen, 1);
}

/* Lists of a class show no expensive fields; those of one VM's devices do. */
Test(xe_words, expensive_fields_of_devices)
{
	expect("vbd-list params=attachable", 0, "attachable ( RO)    : <expensive field>\n\n\n",
		"");
	expect("vm-disk-list vm=a vbd-params=attachable vdi-params=type", 0,
		"Disk 0 VBD:\nattachable ( RO)    : true\n\n\n"
		"Disk 0 VDI:\ntype ( RO)    : User\n\n\n",
		"");
}

/* ---- maps of what is made -------------------------------------------------------------------- */

/* Any character may precede KEY, as in xe's older scripts; of maps, only sr-create reads files. */
Test(xe_words, maps)
{
	_cleanup_free_ char *sr = out("pool-list params=default-SR --minimal"), *vdi = NULL;
	_cleanup_free_ char *line = xasprintf("vdi-create sr-uuid=%s name-label=d virtual-size=1MiB"
					      " sm-config-a=b sm-config:c-filename=/none tags-x=",
		sr);

	vdi = out(line);
	PRINTS("b", "vdi-param-get uuid=%s param-name=sm-config param-key=a", vdi);
	PRINTS("/none", "vdi-param-get uuid=%s param-name=sm-config param-key=c-filename", vdi);
	PRINTS("x", "vdi-param-get uuid=%s param-name=tags", vdi);
	COMPLAINS("/none: No such file",
		"sr-create name-label=s type=file device-config-location-filename=/none");
}
