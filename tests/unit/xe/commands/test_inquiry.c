/* SPDX-License-Identifier: MIT */
/*
 * Commands that only read: cd-list, diagnostic-vdi-status, diagnostic-vm-status, data sources,
 * services, consoles.
 */
#include "tests/unit/command_fixture.h"

#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/domain/adopt.h"

#define SR_ISO "eeeeeeee-0000-4000-8000-000000000001"
#define CD "eeeeeeee-0000-4000-8000-000000000002"
#define NIC                                                                                        \
	"<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/>"      \
	"</interface>"

static void start(void)
{
	_cleanup_free_ char *disk = NULL, *other = NULL, *devices = NULL, *xml = NULL;

	host_start();
	hv_mock_add_network(mock, "cccccccc-0000-4000-8000-000000000001", "lan", "br0");
	make_image("a", NULL, NULL);
	disk = disk_xml("vda", "qcow2", "a");
	make_image("b", NULL, NULL);
	other = disk_xml("vdb", "qcow2", "b");
	devices = xasprintf("%s%s" NIC, disk, other);
	xml = domain_xml(VM_A, "a", devices);
	hv_mock_add(mock, xml, HV_RUNNING);
	session_start(&store_mem_ops);
	write_text("machine/proc/meminfo", "MemTotal: 2048 kB\nMemAvailable: 1024 kB\n");
	write_text("machine/proc/loadavg", "0.50 0.40 0.30 1/100 200\n");
	write_text("machine/proc/cpuinfo", "processor : 0\n\nprocessor : 1\n");
	OK(adopt_domains(S, &E));
}

static void stop(void)
{
	command_stop();
}

TestSuite(inquiry, .init = start, .fini = stop);

static void add_cd(void)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_new(&vdi_class);

	str_replace(&sr->r.uuid, SR_ISO);
	str_replace(&sr->name_label, "isos");
	str_replace(&sr->content_type, "iso");
	save(&sr_class, sr);
	str_replace(&vdi->r.uuid, CD);
	str_replace(&vdi->sr, SR_ISO);
	str_replace(&vdi->name_label, "cd.iso");
	save(&vdi_class, vdi);
}

Test(inquiry, cds)
{
	PRINTS("", "cd-list");
	add_cd();
	cr_expect_eq(run("cd-list"), 0);
	cr_expect_str_eq(str_text(&b.out),
		"uuid ( RO)          : " CD "\n    name-label ( RW): cd.iso\n\n\n");
	PRINTS("cd.iso", "cd-list params=name-label --minimal");
}

Test(inquiry, status_of_a_vm)
{
	_cleanup_free_ char *host = out("host-list --minimal");

	COMPLAINS("uuid: nosuch", "diagnostic-vm-status uuid=nosuch");
	cr_expect_eq(run("diagnostic-vm-status uuid=" VM_A), 0);
	const char *text = str_text(&b.out);

	cr_expect(str_starts(text, "uuid ( RO)              : " VM_A "\n"), "%s", text);
	cr_expect(strstr(text, "possible-hosts ( RO): ") && strstr(text, host), "%s", text);
	cr_expect(strstr(text, "Checking to see whether disks are attachable\nuuid ( RO)"), "%s",
		text);
	cr_expect(strstr(text, "attachable ( RO): true\n"), "%s", text);
	cr_expect(strstr(text, "Checking to see whether VM can boot on each host\n"), "%s", text);
	cr_expect(strstr(text, "    : OK\n\n\n"), "%s", text);
	cr_expect(strstr(text, "VM is not agile because: VM requires access to non-shared SR: "),
		"%s", text);
	PRINTS("", "host-disable");
	cr_expect_eq(run("diagnostic-vm-status uuid=" VM_A), 0);
	cr_expect(strstr(str_text(&b.out), "Cannot start here [Host disabled"), "%s",
		str_text(&b.out));
}

Test(inquiry, status_of_a_disk)
{
	_cleanup_free_ char *vbds = out("vbd-list vm-uuid=" VM_A " --minimal");
	_cleanup_free_ char *vbd = xstrndup(vbds, strcspn(vbds, ","));
	_cleanup_free_ char *which = xasprintf("vbd-param-get param-name=vdi-uuid uuid=%s", vbd);
	_cleanup_free_ char *vdi = out(which);
	_cleanup_free_ char *status = xasprintf("diagnostic-vdi-status uuid=%s", vdi);
	_cleanup_free_ char *begin = xasprintf("uuid ( RO)            : %s\n", vdi);
	_cleanup_free_ char *active =
		xasprintf("\n\n\nactive VBDs:\nuuid ( RO)            : %s\n", vbd);

	COMPLAINS("uuid: nosuch", "diagnostic-vdi-status uuid=nosuch");
	cr_expect_eq(run(status), 0);
	const char *text = str_text(&b.out);

	cr_expect(str_starts(text, begin), "%s", text);
	cr_expect(strstr(text, active), "%s", text);
	cr_expect(strstr(text, "storage-lock ( RO): false\n") && !strstr(text, "inactive"), "%s",
		text);
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	cr_expect_eq(run(status), 0);
	text = str_text(&b.out);
	cr_expect(strstr(text, "no active VBDs.\ninactive VBDs:\nuuid ( RO)"), "%s", text);
}

Test(inquiry, services)
{
	COMPLAINS("function: query_services", "vm-query-services uuid=" VM_A); /* NOT_IMPLEMENTED */
	COMPLAINS("No matching VMs", "vm-query-services uuid=nosuch");
}

/* Another program has taken the disk out. */
Test(inquiry, a_disk_that_was_taken_out)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a");
	_cleanup_free_ char *xml = domain_xml(VM_A, "a", disk);

	PRINTS("true", "vbd-list userdevice=1 params=currently-attached --minimal");
	hv_mock_set_xml(mock, VM_A, HV_XML_LIVE, xml);
	PRINTS("false", "vbd-list userdevice=1 params=currently-attached --minimal");
	PRINTS("true", "vbd-list userdevice=0 params=currently-attached --minimal");
}

/* ---- data sources ---------------------------------------------------------------------------- */

Test(inquiry, data_sources_of_a_vm)
{
	cr_expect_eq(run("vm-data-source-list vm=a"), 0);
	cr_expect(str_starts(str_text(&b.out),
			  "name_label          : cpu0\n"
			  "    name_description: CPU usage\n"
			  "             enabled: true\n"
			  "            standard: true\n"
			  "                 min: 0.\n"
			  "                 max: 1.\n"
			  "               units: (fraction)\n\n\n"),
		"%s", str_text(&b.out));
	PRINTS("cpu0,cpu1,cpu_usage,memory,memory_target,vbd_vda_read,vbd_vda_write,vbd_vdb_read,"
	       "vbd_vdb_write,vif_0_rx,vif_0_tx",
		"vm-data-source-list vm=a --minimal");
	PRINTS("67108864.000000", "vm-data-source-query vm=a data-source=memory");
	PRINTS("0.000000", "vm-data-source-query vm=a data-source=cpu0");
	COMPLAINS("value: bogus", "vm-data-source-query vm=a data-source=bogus");
	COMPLAINS("data-source", "vm-data-source-query vm=a");
	COMPLAINS("only be performed on one VM", "vm-data-source-list --multiple");
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	PRINTS("", "vm-data-source-list vm=a");
}

Test(inquiry, data_sources_of_the_host)
{
	PRINTS("2048.000000", "host-data-source-query data-source=memory_total_kib");
	PRINTS("1024.000000", "host-data-source-query data-source=memory_free_kib");
	PRINTS("0.250000", "host-data-source-query data-source=loadavg");
	PRINTS("cpu0,cpu1,cpu_avg,loadavg,memory_total_kib,memory_free_kib",
		"host-data-source-list --minimal");
	COMPLAINS("No matching hosts", "host-data-source-list host=elsewhere");
}

Test(inquiry, data_sources_of_an_sr)
{
	add_cd();
	PRINTS("0.000000", "sr-data-source-query sr=isos data-source=virtual_allocation");
	PRINTS("virtual_allocation", "sr-data-source-list uuid=" SR_ISO " --minimal");
	COMPLAINS("No matching hosts", "sr-data-source-list sr=nosuch");
	COMPLAINS("Multiple matching SRs found. Operation can only be performed on one SR",
		"sr-data-source-list");
}

/* ---- console --------------------------------------------------------------------------------- */

Test(inquiry, consoles_need_a_line)
{
	COMPLAINS("No text console available", "console vm=a");
	COMPLAINS("No VM found", "console vm=nosuch"); /* CLI_PLAIN */
	COMPLAINS("Multiple VMs found", "console");
	cr_expect_str_eq(str_text(&b.out), "");
}
