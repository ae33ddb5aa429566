/* SPDX-License-Identifier: MIT */
/*
 * Domain XML and the neutral spec. Samples are written the way libxml2 writes (double quotes), so
 * that "nothing else changed" can be asked byte for byte.
 */
#include "tests/unit/leak.h"

#include <string.h>

#include "backends/domain_xml.h"

TestSuite(domain_xml, .fini = no_leaks);

/* ---- samples -------------------------------------------------------------------------------- */

#define MACHINE                                                                                    \
	"  <name>web</name>\n"                                                                     \
	"  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>\n"

/* UEFI, TPM, tuning, passed-through device, QEMU's own arguments, every kind of source. */
static const char rich[] =
	"<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\" type=\"kvm\">\n" MACHINE
	"  <genid>43dc0cf8-809b-4adb-9bea-a9abb5f3d90e</genid>\n"
	"  <title>Web &amp; mail</title>\n"
	"  <description>first line\nsecond &lt;line&gt;</description>\n"
	"  <metadata>\n"
	"    <libosinfo:libosinfo xmlns:libosinfo=\"http://libosinfo.org/xmlns/x/1.0\">\n"
	"      <libosinfo:os id=\"http://debian.org/debian/12\"/>\n"
	"    </libosinfo:libosinfo>\n"
	"    <vxe:vm xmlns:vxe=\"urn:vxe:1\" store=\"0f0f0f0f-0000-4000-8000-00000000000f\">"
	"{\"a\": 1}</vxe:vm>\n"
	"  </metadata>\n"
	"  <maxMemory slots=\"16\" unit=\"KiB\">16777216</maxMemory>\n"
	"  <memory unit=\"GiB\">4</memory>\n"
	"  <currentMemory unit=\"KiB\">2097152</currentMemory>\n"
	"  <vcpu placement=\"static\" cpuset=\"0-1\" current=\"2\">4</vcpu>\n"
	"  <cputune>\n"
	"    <shares>2048</shares>\n"
	"    <vcpupin vcpu=\"0\" cpuset=\"1\"/>\n"
	"  </cputune>\n"
	"  <os firmware=\"efi\">\n"
	"    <type arch=\"x86_64\" machine=\"pc-q35-7.2\">hvm</type>\n"
	"    <firmware>\n"
	"      <feature enabled=\"no\" name=\"secure-boot\"/>\n"
	"    </firmware>\n"
	"    <loader readonly=\"yes\" type=\"pflash\">/usr/share/OVMF/OVMF_CODE_4M.fd</loader>\n"
	"    <nvram template=\"/usr/share/OVMF/OVMF_VARS_4M.fd\">/v/nvram/web_VARS.fd</nvram>\n"
	"    <boot dev=\"hd\"/>\n"
	"    <boot dev=\"cdrom\"/>\n"
	"    <bootmenu enable=\"yes\"/>\n"
	"  </os>\n"
	"  <features>\n"
	"    <acpi/>\n"
	"    <apic eoi=\"on\"/>\n"
	"    <hyperv mode=\"custom\">\n"
	"      <relaxed state=\"on\"/>\n"
	"    </hyperv>\n"
	"  </features>\n"
	"  <cpu mode=\"host-passthrough\" check=\"none\"/>\n"
	"  <on_poweroff>destroy</on_poweroff>\n"
	"  <on_reboot>restart</on_reboot>\n"
	"  <on_crash>preserve</on_crash>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"    <disk type=\"file\" device=\"disk\">\n"
	"      <driver name=\"qemu\" type=\"qcow2\" cache=\"none\" discard=\"unmap\"/>\n"
	"      <source file=\"/img/web &amp; co.qcow2\" startupPolicy=\"mandatory\">\n"
	"        <seclabel model=\"dac\" relabel=\"no\"/>\n"
	"      </source>\n"
	"      <target dev=\"vda\" bus=\"virtio\"/>\n"
	"      <iotune>\n"
	"        <total_bytes_sec>1000</total_bytes_sec>\n"
	"      </iotune>\n"
	"      <serial>vbd-0</serial>\n"
	"      <boot order=\"1\"/>\n"
	"      <alias name=\"ua-0\"/>\n"
	"      <address type=\"pci\" domain=\"0x0000\" bus=\"0x04\" slot=\"0x00\"/>\n"
	"    </disk>\n"
	"    <disk type=\"block\" device=\"lun\">\n"
	"      <driver name=\"qemu\" type=\"raw\"/>\n"
	"      <source dev=\"/dev/vg/lv\"/>\n"
	"      <target dev=\"sda\" bus=\"scsi\"/>\n"
	"      <shareable/>\n"
	"      <address type=\"drive\" controller=\"0\" bus=\"0\" target=\"0\" unit=\"0\"/>\n"
	"    </disk>\n"
	"    <disk type=\"network\" device=\"disk\">\n"
	"      <driver name=\"qemu\" type=\"raw\"/>\n"
	"      <auth username=\"admin\">\n"
	"        <secret type=\"ceph\" usage=\"client\"/>\n"
	"      </auth>\n"
	"      <source protocol=\"rbd\" name=\"pool/image\">\n"
	"        <host name=\"mon1\" port=\"6789\"/>\n"
	"      </source>\n"
	"      <target dev=\"vdb\" bus=\"virtio\"/>\n"
	"    </disk>\n"
	"    <disk type=\"volume\" device=\"disk\">\n"
	"      <driver name=\"qemu\" type=\"raw\"/>\n"
	"      <source pool=\"default\" volume=\"data.img\"/>\n"
	"      <target dev=\"vdc\" bus=\"virtio\"/>\n"
	"      <transient/>\n"
	"    </disk>\n"
	"    <disk type=\"file\" device=\"cdrom\">\n"
	"      <driver name=\"qemu\" type=\"raw\"/>\n"
	"      <target dev=\"sdb\" bus=\"sata\"/>\n"
	"      <readonly/>\n"
	"    </disk>\n"
	"    <disk type=\"nvme\" device=\"disk\">\n"
	"      <source type=\"pci\" managed=\"yes\" namespace=\"1\">\n"
	"        <address domain=\"0x0000\" bus=\"0x01\" slot=\"0x00\" function=\"0x0\"/>\n"
	"      </source>\n"
	"      <target dev=\"vdd\" bus=\"virtio\"/>\n"
	"    </disk>\n"
	"    <interface type=\"network\">\n"
	"      <mac address=\"52:54:00:AA:bb:01\"/>\n"
	"      <source network=\"default\" portgroup=\"web\"/>\n"
	"      <model type=\"virtio\"/>\n"
	"      <bandwidth>\n"
	"        <inbound average=\"1000\"/>\n"
	"      </bandwidth>\n"
	"    </interface>\n"
	"    <interface type=\"bridge\">\n"
	"      <mac address=\"52:54:00:aa:bb:02\"/>\n"
	"      <source bridge=\"br0\"/>\n"
	"      <model type=\"e1000e\"/>\n"
	"    </interface>\n"
	"    <tpm model=\"tpm-crb\">\n"
	"      <backend type=\"emulator\" version=\"2.0\"/>\n"
	"    </tpm>\n"
	"    <hostdev mode=\"subsystem\" type=\"pci\" managed=\"yes\">\n"
	"      <source>\n"
	"        <address domain=\"0x0000\" bus=\"0x06\" slot=\"0x02\" function=\"0x0\"/>\n"
	"      </source>\n"
	"    </hostdev>\n"
	"  </devices>\n"
	"  <seclabel type=\"dynamic\" model=\"dac\" relabel=\"yes\"/>\n"
	"  <qemu:commandline>\n"
	"    <qemu:arg value=\"-device\"/>\n"
	"    <qemu:arg value=\"foo,x=&quot;1&quot;\"/>\n"
	"  </qemu:commandline>\n"
	"</domain>\n";

static const char small[] = "<domain type=\"qemu\">\n" MACHINE "  <memory>65536</memory>\n"
			    "  <vcpu>1</vcpu>\n"
			    "  <os>\n"
			    "    <type>hvm</type>\n"
			    "  </os>\n"
			    "  <devices>\n"
			    "    <disk type=\"file\">\n"
			    "      <source file=\"/img/a.img\"/>\n"
			    "      <target dev=\"vda\"/>\n"
			    "    </disk>\n"
			    "    <interface type=\"user\">\n"
			    "      <mac address=\"52:54:00:00:00:01\"/>\n"
			    "    </interface>\n"
			    "    <interface type=\"user\"/>\n"
			    "  </devices>\n"
			    "</domain>\n";

/* Nobody breaks lines here, and it has no devices. */
static const char flat[] = "<domain type=\"qemu\"><name>f</name>"
			   "<uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
			   "<memory unit=\"b\">1</memory><vcpu>2</vcpu><os><type>hvm</type></os>"
			   "</domain>\n";

static const char split_nvram[] =
	"<domain type=\"kvm\">\n" MACHINE "  <memory unit=\"MiB\">64</memory>\n"
	"  <vcpu>1</vcpu>\n"
	"  <os>\n"
	"    <type>hvm</type>\n"
	"    <loader type=\"pflash\">/code.fd</loader>\n"
	"    <nvram type=\"file\">\n"
	"      <source file=\"/vars.fd\"/>\n"
	"    </nvram>\n"
	"  </os>\n"
	"  <devices>\n"
	"    <filesystem type=\"mount\"/>\n"
	"  </devices>\n"
	"</domain>\n";

static const char *const samples[] = { rich, small, flat, split_nvram };

/* ---- helpers -------------------------------------------------------------------------------- */

static struct domain_spec *read_xml(const char *xml)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct domain_spec *s = NULL;

	cr_assert_eq(domain_xml_read(xml, &s, &err), 0, "%s", err.n_params ? err.params[1] : "");
	return s;
}

static char *patch(const char *xml, const struct domain_spec *want)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char *out = NULL;

	cr_assert_eq(domain_xml_patch(xml, want, &out, &err), 0, "%s",
		err.n_params ? err.params[1] : "");
	return out;
}

static void add_text(struct str *s, const char *name, const char *value)
{
	str_addf(s, "%s=%s\n", name, value ? value : "(none)");
}

/* Every member, so that two specs can be compared and a difference read. */
static char *spec_text(const struct domain_spec *d)
{
	struct str s = { 0 };

	const char *const texts[] = { d->uuid, d->name, d->title, d->description, d->arch,
		d->machine, d->type, d->firmware, d->loader, d->nvram, d->boot, d->on_poweroff,
		d->on_reboot, d->on_crash, d->store, d->mark_extra };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		add_text(&s, "text", texts[i]);
	str_addf(&s, "%lld %lld %d %d\n", (long long)d->memory_max, (long long)d->memory,
		d->vcpus_max, d->vcpus);
	str_addf(&s, "%d%d%d%d%d%d\n", d->acpi, d->apic, d->pae, d->tpm, d->host_devices,
		d->file_systems);
	for (size_t i = 0; i < d->n_disks; i++) {
		const struct spec_disk *k = &d->disks[i];
		const char *const parts[] = { k->target, k->bus, k->path, k->format, k->serial,
			k->alias };
		for (size_t j = 0; j < ARRAY_LEN(parts); j++)
			add_text(&s, "disk", parts[j]);
		str_addf(&s, "%d %d %d%d%d %d\n", (int)k->device, (int)k->source, k->readonly,
			k->shareable, k->transient, k->boot);
	}
	for (size_t i = 0; i < d->n_nics; i++) {
		const struct spec_nic *n = &d->nics[i];
		const char *const parts[] = { n->mac, n->type, n->source, n->model };
		for (size_t j = 0; j < ARRAY_LEN(parts); j++)
			add_text(&s, "nic", parts[j]);
	}
	return str_steal(&s);
}

static void assert_same_spec(const struct domain_spec *a, const struct domain_spec *b)
{
	_cleanup_free_ char *x = spec_text(a), *y = spec_text(b);

	cr_assert_str_eq(x, y);
}

/* @text with the first @from made @to. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	cr_assert_not_null(at, "%s", from);
	return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* ---- reading -------------------------------------------------------------------------------- */

Test(domain_xml, reads_machine)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);

	cr_expect_str_eq(s->uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
	cr_expect_str_eq(s->name, "web");
	cr_expect_str_eq(s->title, "Web & mail");
	cr_expect_str_eq(s->description, "first line\nsecond <line>");
	cr_expect_str_eq(s->store, "0f0f0f0f-0000-4000-8000-00000000000f");
	cr_expect_str_eq(s->mark_extra, "{\"a\": 1}");
	cr_expect_eq(s->memory_max, 4LL << 30);
	cr_expect_eq(s->memory, 2LL << 30);
	cr_expect_eq(s->vcpus_max, 4);
	cr_expect_eq(s->vcpus, 2);
	cr_expect_str_eq(s->type, "kvm");
	cr_expect_str_eq(s->arch, "x86_64");
	cr_expect_str_eq(s->machine, "pc-q35-7.2");
	cr_expect_str_eq(s->firmware, "efi");
	cr_expect_str_eq(s->loader, "/usr/share/OVMF/OVMF_CODE_4M.fd");
	cr_expect_str_eq(s->nvram, "/v/nvram/web_VARS.fd");
	cr_expect_str_eq(s->boot, "hd,cdrom");
	cr_expect_str_eq(s->on_crash, "preserve");
	cr_expect(s->acpi && s->apic && !s->pae);
	cr_expect(s->tpm && s->host_devices && !s->file_systems);
}

Test(domain_xml, reads_every_kind_of_disk)
{
	struct spec_disk want[] = {
		{ (char[]){ "vda" }, (char[]){ "virtio" }, DISK_DISK, DISK_FILE,
			(char[]){ "/img/web & co.qcow2" }, (char[]){ "qcow2" }, (char[]){ "vbd-0" },
			(char[]){ "ua-0" }, false, false, false, 1 },
		{ (char[]){ "sda" }, (char[]){ "scsi" }, DISK_LUN, DISK_BLOCK,
			(char[]){ "/dev/vg/lv" }, (char[]){ "raw" }, NULL, NULL, false, true, false,
			0 },
		{ (char[]){ "vdb" }, (char[]){ "virtio" }, DISK_DISK, DISK_NETWORK,
			(char[]){ "rbd:pool/image" }, (char[]){ "raw" }, NULL, NULL, false, false,
			false, 0 },
		{ (char[]){ "vdc" }, (char[]){ "virtio" }, DISK_DISK, DISK_VOLUME,
			(char[]){ "default/data.img" }, (char[]){ "raw" }, NULL, NULL, false, false,
			true, 0 },
		{ (char[]){ "sdb" }, (char[]){ "sata" }, DISK_CDROM, DISK_NONE, NULL,
			(char[]){ "raw" }, NULL, NULL, true, false, false, 0 },
		{ (char[]){ "vdd" }, (char[]){ "virtio" }, DISK_DISK, DISK_OTHER, NULL, NULL, NULL,
			NULL, false, false, false, 0 },
	};
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	struct domain_spec have = { .n_disks = s->n_disks, .disks = s->disks };

	assert_same_spec(&have, &(struct domain_spec){ .n_disks = ARRAY_LEN(want), .disks = want });
}

Test(domain_xml, reads_defaults)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(small);

	cr_expect_eq(s->memory_max, 64LL << 20);
	cr_expect_eq(s->memory, s->memory_max);
	cr_expect_eq(s->vcpus, 1);
	cr_expect_null(s->firmware);
	cr_expect_null(s->store);
	cr_expect_eq(s->disks[0].device, DISK_DISK);
	cr_expect_null(s->disks[0].format, "a format is never guessed");
	cr_expect_eq(s->n_nics, 2);
	cr_expect_null(s->nics[1].mac);
}

Test(domain_xml, reads_nics)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);

	cr_assert_eq(s->n_nics, 2);
	cr_expect_str_eq(s->nics[0].mac, "52:54:00:aa:bb:01");
	cr_expect_str_eq(s->nics[0].source, "default");
	cr_expect_str_eq(s->nics[1].type, "bridge");
	cr_expect_str_eq(s->nics[1].source, "br0");
	cr_expect_str_eq(s->nics[1].model, "e1000e");
}

Test(domain_xml, reads_split_nvram_and_old_style_uefi)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(split_nvram);

	cr_expect_str_eq(s->nvram, "/vars.fd");
	cr_expect_str_eq(s->firmware, "efi");
	cr_expect(s->file_systems);
}

Test(domain_xml, units_of_memory)
{
	static const struct {
		const char *unit;
		int64_t bytes;
	} cases[] = { { "b", 3 }, { "KB", 3000 }, { "k", 3 << 10 }, { "MB", 3000000 },
		{ "MiB", 3 << 20 }, { "G", 3LL << 30 }, { "TiB", 3LL << 40 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *xml =
			xasprintf("<domain><memory unit='%s'>3</memory></domain>", cases[i].unit);
		_cleanup_spec_ struct domain_spec *s = read_xml(xml);
		cr_expect_eq(s->memory_max, cases[i].bytes, "%s", cases[i].unit);
	}
	_cleanup_spec_ struct domain_spec *huge =
		read_xml("<domain><memory unit='TiB'>9223372036854775807</memory></domain>");
	cr_expect_eq(huge->memory_max, INT64_MAX);
}

Test(domain_xml, refuses_what_is_no_domain)
{
	static const char *const bad[] = { "", "<domain>", "<pool/>", "plain", "<a><b></a>" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		struct domain_spec *s = NULL;
		cr_expect_eq(domain_xml_read(bad[i], &s, &err), -1, "%s", bad[i]);
		cr_expect_eq(err.code, VXE_HYPERVISOR_FAILED);
		cr_expect_null(s);
	}
}

/* ---- patching ------------------------------------------------------------------------------- */

Test(domain_xml, nothing_to_change_changes_nothing)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		_cleanup_spec_ struct domain_spec *s = read_xml(samples[i]);
		_cleanup_free_ char *out = patch(samples[i], s);
		cr_expect_str_eq(out, samples[i]);
	}
}

Test(domain_xml, strips_backing_stores_and_nothing_else)
{
	static const char serial[] = "      <serial>vbd-0</serial>\n";
	_cleanup_free_ char *stale = replaced(rich, serial,
		"      <backingStore type=\"file\">\n"
		"        <format type=\"qcow2\"/>\n"
		"        <source file=\"/img/old.qcow2\"/>\n"
		"        <backingStore/>\n"
		"      </backingStore>\n"
		"      <mirror type=\"file\" job=\"active-commit\" ready=\"yes\"/>\n"
		"      <serial>vbd-0</serial>\n");
	_cleanup_free_ char *both = replaced(
		stale, "      <transient/>\n", "      <backingStore/>\n      <transient/>\n");
	_cleanup_spec_ struct domain_spec *s = read_xml(both);
	_cleanup_free_ char *out = patch(both, s);

	cr_expect_str_eq(out, rich);
}

/* One member changed: that one place differs, everything else is byte for byte the same. */
Test(domain_xml, changes_one_place)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	_cleanup_free_ char *expected =
		replaced(rich, "/img/web &amp; co.qcow2", "/img/&lt;new&gt;.qcow2");

	str_replace(&s->disks[0].path, "/img/<new>.qcow2");
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_str_eq(out, expected);
}

Test(domain_xml, memory_and_vcpus)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(small);

	s->memory_max = 128LL << 20;
	s->vcpus_max = 8;
	_cleanup_free_ char *out = patch(small, s);
	/* The current values were implied by the old maxima, so they are now written. */
	cr_expect_not_null(strstr(out, "<memory unit=\"KiB\">131072</memory>"));
	cr_expect_not_null(strstr(out, "<currentMemory unit=\"KiB\">65536</currentMemory>"));
	cr_expect_not_null(strstr(out, "<vcpu current=\"1\">8</vcpu>"));

	s->memory = s->memory_max = 1000;
	_cleanup_free_ char *odd = patch(out, s);
	cr_expect_not_null(strstr(odd, "<memory unit=\"b\">1000</memory>"));
}

Test(domain_xml, title_is_one_line)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(small);

	str_replace(&s->title, "a\nb\x1b[31m\tc\xff");
	str_replace(&s->description, "a\nb\x01\xc3\xa9");
	_cleanup_free_ char *out = patch(small, s);
	cr_expect_not_null(strstr(out, "<title>a b [31m c?</title>"));
	cr_expect_not_null(strstr(out, "<description>a\nb \xc3\xa9</description>"));
	_cleanup_free_ char *again = patch(out, s);
	cr_expect_str_eq(again, out, "a cleaned title differs from nothing");
}

Test(domain_xml, a_volume_becomes_a_file)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	struct spec_disk *d = spec_find_disk(s, "vdc");

	d->source = DISK_FILE;
	str_replace(&d->path, "/img/over.qcow2");
	str_replace(&d->format, "qcow2");
	_cleanup_free_ char *out = patch(rich, s);
	_cleanup_spec_ struct domain_spec *back = read_xml(out);
	assert_same_spec(back, s);
	cr_expect_null(strstr(out, "pool=\"default\""));
	cr_expect_null(strstr(out, "type=\"volume\""));
}

Test(domain_xml, media_go_in_and_out)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	struct spec_disk *d = spec_find_disk(s, "sdb");

	d->source = DISK_FILE;
	str_replace(&d->path, "/iso/a.iso");
	_cleanup_free_ char *in = patch(rich, s);
	cr_expect_not_null(strstr(in, "<source file=\"/iso/a.iso\"/>"));
	d->source = DISK_NONE;
	str_replace(&d->path, NULL);
	_cleanup_free_ char *out = patch(in, s);
	cr_expect_str_eq(out, rich);
}

Test(domain_xml, adds_and_removes_disks)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	_cleanup_spec_ struct domain_spec *before = read_xml(rich);
	struct spec_disk *d = spec_add_disk(s);

	*d = (struct spec_disk){ .target = xstrdup("vde"),
		.bus = xstrdup("virtio"),
		.source = DISK_FILE,
		.path = xstrdup("/img/e.qcow2"),
		.format = xstrdup("qcow2"),
		.serial = xstrdup("s-e"),
		.alias = xstrdup("ua-e"),
		.readonly = true,
		.boot = 3 };
	_cleanup_free_ char *with = patch(rich, s);
	_cleanup_spec_ struct domain_spec *have = read_xml(with);
	assert_same_spec(have, s);
	cr_expect_not_null(strstr(with, "    <disk type=\"file\" device=\"disk\">\n"
					"      <driver name=\"qemu\" type=\"qcow2\"/>\n"
					"      <source file=\"/img/e.qcow2\"/>\n"
					"      <target dev=\"vde\" bus=\"virtio\"/>\n"));
	_cleanup_free_ char *without = patch(with, before);
	cr_expect_str_eq(without, rich);
}

Test(domain_xml, removed_disk_takes_its_address_along)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);

	spec_remove_disk(s, "sda");
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_null(strstr(out, "/dev/vg/lv"));
	cr_expect_null(strstr(out, "type=\"drive\""));
	cr_expect_not_null(strstr(out, "bus=\"0x04\""));
}

Test(domain_xml, another_bus_drops_the_address)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);

	str_replace(&s->disks[0].bus, "scsi");
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_null(strstr(out, "bus=\"0x04\""));
}

Test(domain_xml, order_of_the_spec_does_not_matter)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	struct spec_disk first = s->disks[0];
	struct spec_nic nic = s->nics[0];

	s->disks[0] = s->disks[4];
	s->disks[4] = first;
	s->nics[0] = s->nics[1];
	s->nics[1] = nic;
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_str_eq(out, rich);
}

Test(domain_xml, adds_changes_and_removes_nics)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	_cleanup_spec_ struct domain_spec *other = read_xml(small);

	str_replace(&s->nics[0].source, "isolated");
	str_replace(&s->nics[1].mac, "52:54:00:aa:bb:03"); /* one goes, one comes */
	str_replace(&s->nics[1].model, NULL);
	_cleanup_free_ char *out = patch(rich, s);
	_cleanup_spec_ struct domain_spec *back = read_xml(out);
	assert_same_spec(back, s);
	cr_expect_not_null(strstr(out, "portgroup=\"web\""), "the rest of the NIC stays");
	cr_expect_null(strstr(out, "e1000e"));

	/* A NIC without an address is matched by having none. */
	_cleanup_free_ char *same = patch(small, other);
	cr_expect_str_eq(same, small);
}

Test(domain_xml, mark_comes_and_goes)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(small);

	str_replace(&s->store, "0f0f0f0f-0000-4000-8000-00000000000f");
	str_replace(&s->mark_extra, "x < \"y\" & z");
	_cleanup_free_ char *with = patch(small, s);
	cr_expect_not_null(strstr(with, "<vxe:vm xmlns:vxe=\"urn:vxe:1\" "
					"store=\"0f0f0f0f-0000-4000-8000-00000000000f\">"
					"x &lt; \"y\" &amp; z</vxe:vm>"));
	_cleanup_spec_ struct domain_spec *back = read_xml(with);
	assert_same_spec(back, s);

	str_replace(&s->mark_extra, NULL);
	_cleanup_free_ char *bare = patch(with, s);
	_cleanup_spec_ struct domain_spec *kept = read_xml(bare);
	cr_expect_str_eq(kept->store, s->store);

	str_replace(&s->store, NULL);
	_cleanup_free_ char *without = patch(bare, s);
	cr_expect_str_eq(without, small);
}

Test(domain_xml, somebody_elses_vm_element_is_not_ours)
{
	static const char xml[] = "<domain type=\"qemu\"><metadata><x:vm xmlns:x=\"urn:other\" "
				  "store=\"s\"/><vm store=\"t\"/></metadata></domain>\n";
	_cleanup_spec_ struct domain_spec *s = read_xml(xml);
	_cleanup_free_ char *out = patch(xml, s);

	cr_expect_null(s->store);
	cr_expect_str_eq(out, xml);
}

Test(domain_xml, firmware_and_nvram)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(split_nvram);

	str_replace(&s->nvram, "/other.fd");
	_cleanup_free_ char *out = patch(split_nvram, s);
	cr_expect_not_null(strstr(out, "<source file=\"/other.fd\"/>"));

	str_replace(&s->nvram, NULL);
	str_replace(&s->loader, NULL);
	str_replace(&s->firmware, NULL);
	_cleanup_free_ char *bios = patch(out, s);
	_cleanup_spec_ struct domain_spec *back = read_xml(bios);
	assert_same_spec(back, s);
	cr_expect_null(strstr(bios, "nvram"));
	cr_expect_null(strstr(bios, "loader"));

	_cleanup_spec_ struct domain_spec *r = read_xml(rich);
	str_replace(&r->nvram, NULL);
	_cleanup_free_ char *template = patch(rich, r);
	cr_expect_not_null(strstr(template, "template=\"/usr/share/OVMF/OVMF_VARS_4M.fd\""));
}

Test(domain_xml, only_files_and_block_devices_are_put_in)
{
	static const enum disk_source bad[] = { DISK_NETWORK, DISK_VOLUME, DISK_OTHER };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_spec_ struct domain_spec *s = read_xml(small);
		char *out = NULL;
		s->disks[0].source = bad[i];
		cr_expect_eq(domain_xml_patch(small, s, &out, &err), -1);
		cr_expect_eq(err.code, VXE_HYPERVISOR_FAILED);
		cr_expect_null(out);
	}
}

Test(domain_xml, a_path_is_never_bent_to_fit)
{
	static const char *const bad[] = { "/img/\xff", "/img/a\nb", "/img/\x01" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_spec_ struct domain_spec *s = read_xml(small);
		char *out = NULL;
		str_replace(&s->disks[0].path, bad[i]);
		cr_expect_eq(domain_xml_patch(small, s, &out, &err), -1);
		cr_expect_null(out);
	}
}

Test(domain_xml, disk_for_hot_plug)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *xml = NULL;
	const struct spec_disk d = { .target = (char[]){ "vdb" },
		.bus = (char[]){ "virtio" },
		.device = DISK_DISK,
		.source = DISK_BLOCK,
		.path = (char[]){ "/dev/x" },
		.format = (char[]){ "raw" },
		.shareable = true };

	cr_assert_eq(domain_xml_disk(&d, &xml, &err), 0);
	cr_expect_str_eq(xml, "<disk type=\"block\" device=\"disk\">\n"
			      "  <driver name=\"qemu\" type=\"raw\"/>\n"
			      "  <source dev=\"/dev/x\"/>\n"
			      "  <target dev=\"vdb\" bus=\"virtio\"/>\n"
			      "  <shareable/>\n"
			      "</disk>\n");
}

/* ---- any change, read back ------------------------------------------------------------------ */

static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245U + 12345U;
	return *seed >> 16 & 0x7fff;
}

static char **pick_text(struct domain_spec *s, unsigned r)
{
	char **const texts[] = { &s->name, &s->description, &s->arch, &s->machine, &s->loader,
		&s->nvram, &s->on_poweroff, &s->on_reboot, &s->on_crash, &s->store, &s->mark_extra,
		&s->title };

	return texts[r % ARRAY_LEN(texts)];
}

static void change_disk(struct domain_spec *s, unsigned *seed)
{
	struct spec_disk *d = &s->disks[next_random(seed) % s->n_disks];
	unsigned r = next_random(seed);
	_cleanup_free_ char *text = xasprintf("/p/%u", r);

	switch (r % 6) {
	case 0:
		d->readonly = !d->readonly;
		break;
	case 1:
		d->source = r & 64 ? DISK_FILE : DISK_BLOCK;
		str_replace(&d->path, text);
		break;
	case 2:
		d->source = DISK_NONE;
		str_replace(&d->path, NULL);
		break;
	case 3:
		str_replace(&d->serial, r & 64 ? text : NULL);
		break;
	case 4:
		d->boot = (int)(r % 4);
		break;
	default:
		str_replace(&d->format, r & 64 ? "raw" : "qcow2");
	}
}

static void change_something(struct domain_spec *s, unsigned *seed, unsigned step)
{
	static const char *const values[] = { "plain", "<&>\"'", "two  words", NULL, "\xc3\xa9" };
	unsigned r = next_random(seed);

	switch (r % 7) {
	case 0:
		str_replace(pick_text(s, next_random(seed)),
			values[next_random(seed) % ARRAY_LEN(values)]);
		break;
	case 1:
		s->memory_max = 1 + next_random(seed) * 512LL;
		s->memory = s->memory_max / (1 + r % 3);
		break;
	case 2:
		s->vcpus_max = 1 + (int)(next_random(seed) % 8);
		s->vcpus = 1 + (int)(next_random(seed) % (unsigned)s->vcpus_max);
		break;
	case 3:
		s->acpi = r & 128, s->apic = r & 256, s->pae = r & 512, s->tpm = r & 1024;
		break;
	case 4:
		str_replace(&s->boot, r & 128 ? "network,hd" : NULL);
		break;
	case 5:
		if (s->n_disks)
			change_disk(s, seed);
		break;
	default: {
		struct spec_disk *d = spec_add_disk(s);
		d->target = xasprintf("vd%u", step + 100);
		d->bus = xstrdup("virtio");
		d->format = xstrdup("raw");
		if (s->n_disks > 8)
			spec_remove_disk(s, s->disks[0].target);
	}
	}
}

Test(domain_xml, what_is_written_is_what_is_read)
{
	for (unsigned n = 0; n < 4 * ARRAY_LEN(samples); n++) {
		unsigned seed = n;
		_cleanup_free_ char *xml = xstrdup(samples[n % ARRAY_LEN(samples)]);
		for (unsigned step = 0; step < 40; step++) {
			_cleanup_spec_ struct domain_spec *want = read_xml(xml);
			change_something(want, &seed, step);
			char *out = patch(xml, want);
			_cleanup_spec_ struct domain_spec *have = read_xml(out);
			/* A pflash loader means UEFI whatever the attribute says. */
			str_replace(&want->firmware, have->firmware);
			assert_same_spec(have, want);
			_cleanup_free_ char *again = patch(out, have);
			cr_assert_str_eq(again, out);
			free(xml);
			xml = out;
		}
		if (n % ARRAY_LEN(samples) == 0)
			cr_expect_not_null(
				strstr(xml, "<qemu:arg value=\"foo,x=&quot;1&quot;\"/>"));
	}
}
