/* SPDX-License-Identifier: MIT */
/*
 * A machine without its host: the devices that a guest sees stay. All references to files, sockets,
 * devices or commands of the host are removed, whoever wrote the document.
 */
#include "backends/libvirt/xml/domain_xml.h"

#include "tests/unit/harness.h"
#include <string.h>

#include "tests/unit/leak.h"

static struct vxe_error E;

static void stop(void)
{
	error_clear(&E);
	no_leaks();
}

TestSuite(portable, .fini = stop);

static const char machine[] =
	"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
	"<name>web</name><uuid>aaaaaaaa-0000-4000-8000-000000000001</uuid>"
	"<metadata><vxe:vm xmlns:vxe='urn:vxe:1' store='x'>extra</vxe:vm></metadata>"
	"<memory unit='KiB' dumpCore='SECRET'>65536</memory><vcpu placement='static' "
	"cpuset='SECRET'>2</vcpu>"
	"<memoryBacking><source type='SECRET'/></memoryBacking>"
	"<sysinfo type='fwcfg'><entry name='opt/x' file='/SECRET'/></sysinfo>"
	"<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>"
	"<loader readonly='yes' type='pflash' secure='yes'>/SECRET/code.fd</loader>"
	"<nvram template='/SECRET/vars.fd'>/SECRET/web_VARS.fd</nvram>"
	"<kernel>/SECRET/vmlinuz</kernel><cmdline>SECRET</cmdline><boot dev='hd'/></os>"
	"<features><acpi/><hyperv mode='custom'><vapic state='on'/></hyperv></features>"
	"<cpu mode='host-passthrough' migratable='on'><topology sockets='1' cores='2'/></cpu>"
	"<devices><emulator>/SECRET/qemu</emulator>"
	"<disk type='block' device='lun'><driver name='qemu' type='raw' cache='SECRET' "
	"discard='unmap' iothread='SECRET'/><source dev='/dev/SECRET'><encryption "
	"format='luks'><secret usage='SECRET'/></encryption></source><target dev='sda' "
	"bus='scsi'/><blockio logical_block_size='4096'/><serial>s-1</serial>"
	"<address type='drive' controller='0' bus='0' target='0' unit='3'/></disk>"
	"<controller type='scsi' index='0' model='virtio-scsi'><driver iothread='SECRET' "
	"queues='4'/></controller>"
	"<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='SECRET'/>"
	"<script path='/SECRET/up'/><target dev='SECRET'/><model type='e1000'/>"
	"<driver name='vhost' queues='2'/><rom file='/SECRET' bar='on'/></interface>"
	"<interface type='hostdev'><mac address='52:54:00:00:00:02'/></interface>"
	"<serial type='file'><source path='/etc/SECRET' append='on'/><log file='/SECRET'/>"
	"<target port='0'/></serial>"
	"<channel type='unix'><source mode='bind' path='/SECRET'/><target type='virtio' "
	"name='org.qemu.guest_agent.0'/></channel>"
	"<input type='evdev'><source dev='/dev/SECRET'/></input><input type='tablet' bus='usb'/>"
	"<graphics type='vnc' port='5901' passwd='SECRET' listen='SECRET'><listen "
	"type='socket' socket='/SECRET'/></graphics>"
	"<rng model='virtio'><backend model='egd' type='unix'><source path='/SECRET'/></backend>"
	"</rng>"
	"<filesystem type='mount'><source dir='/SECRET'/><target dir='x'/></filesystem>"
	"<hostdev mode='subsystem' type='pci'><source><address bus='0xSECRET'/></source></hostdev>"
	"<tpm model='tpm-crb'><backend type='passthrough'><device path='/dev/SECRET'/></backend>"
	"</tpm>"
	"<memory model='nvdimm'><source><path>/SECRET</path></source></memory>"
	"</devices><seclabel type='none' model='SECRET'/>"
	"<qemu:commandline><qemu:arg value='-SECRET'/></qemu:commandline></domain>";

Test(portable, nothing_of_the_host_goes_along)
{
	_cleanup_strv_ struct strv lost = { 0 };
	char *xml = NULL;

	cr_assert_eq(domain_xml_portable(machine, false, &xml, &lost, &E), 0);
	const char *at = strstr(xml, "SECRET");
	cr_expect_null(at, "%.60s", at ? at - 30 : "");
	static const char *const losses[] = { "interface", "input", "tpm", "memory", "filesystem",
		"hostdev", "commandline", "kernel" };
	for (size_t i = 0; i < ARRAY_LEN(losses); i++)
		cr_expect(strv_has(&lost, losses[i]), "%s", losses[i]);
	cr_expect_eq(lost.n, ARRAY_LEN(losses));
	free(xml);
}

Test(portable, what_the_guest_sees_stays)
{
	static const char *const kept[] = { " type=\"kvm\"", "machine=\"pc-q35-7.2\"",
		"firmware=\"efi\"", "secure=\"yes\"", "<vapic state=\"on\"/>",
		"mode=\"host-passthrough\"", "cores=\"2\"", "device=\"disk\"", "bus=\"scsi\"",
		"logical_block_size=\"4096\"", "<serial>s-1</serial>", "unit=\"3\"",
		"discard=\"unmap\"", "queues=\"4\"", "<model type=\"e1000\"/>",
		"<mac address=\"52:54:00:00:00:01\"/>", "<serial type=\"pty\">",
		"name=\"org.qemu.guest_agent.0\"", "type=\"tablet\"", "autoport=\"yes\"",
		"/dev/urandom", "<boot dev=\"hd\"/>" };
	char *xml = NULL, *again = NULL;

	cr_assert_eq(domain_xml_portable(machine, false, &xml, NULL, &E), 0);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		cr_expect(strstr(xml, kept[i]), "%s in %s", kept[i], xml);
	cr_expect_null(strstr(xml, "extra"), "another store's mark");
	cr_expect_null(strstr(xml, "fwcfg"));
	/* An archive has passed it before, and passes it once more. */
	cr_assert_eq(domain_xml_portable(xml, false, &again, NULL, &E), 0);
	cr_expect_str_eq(again, xml);
	free(xml);
	free(again);
}

Test(portable, without_kvm)
{
	_cleanup_free_ char *xml = NULL;

	cr_assert_eq(domain_xml_portable(machine, true, &xml, NULL, &E), 0);
	cr_expect(strstr(xml, " type=\"qemu\""));
	cr_expect_null(strstr(xml, "<cpu"));
}

/* libvirt accepts no loader without a file, and the file is of this host. */
Test(portable, firmware)
{
	static const struct {
		const char *os;
		bool uefi, lost;
	} cases[] = {
		{ "<loader readonly='yes' type='pflash'>/a</loader><nvram>/b</nvram>", true,
			false },
		{ "<loader type='rom'>/a</loader><varstore path='/b'/>", true, false },
		{ "<loader type='rom'>/a</loader>", false, true },
		{ "<loader>/a</loader>", false, true },
		{ "", false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_strv_ struct strv lost = { 0 };
		_cleanup_free_ char *xml = NULL,
				    *of = xasprintf(
					    "<domain type='qemu'><os><type>hvm</type>%s</os>"
					    "</domain>",
					    cases[i].os);

		cr_assert_eq(domain_xml_portable(of, false, &xml, &lost, &E), 0);
		cr_expect_eq(strstr(xml, "firmware=\"efi\"") != NULL, cases[i].uefi, "%s", xml);
		cr_expect_eq(strv_has(&lost, "loader"), cases[i].lost, "%s", cases[i].os);
		cr_expect(cases[i].uefi || !strstr(xml, "<loader"), "%s", xml);
	}
}

Test(portable, what_is_no_machine)
{
	static const char *const bad[] = { "", "<domain>", "<network/>",
		"<!DOCTYPE domain [<!ENTITY a 'b'>]><domain><name>&a;</name></domain>" };
	char *xml = NULL;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cr_expect_eq(domain_xml_portable(bad[i], false, &xml, NULL, &E), -1, "%s", bad[i]);
		error_clear(&E);
	}
}
