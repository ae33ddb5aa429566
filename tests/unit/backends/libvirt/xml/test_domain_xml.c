/* SPDX-License-Identifier: MIT */
/*
 * Domain XML and the neutral spec. Samples are written the way libxml2 writes (double quotes), so
 * that "nothing else changed" can be asked byte for byte.
 */
#include "tests/unit/xml_samples.h"

TestSuite(domain_xml, .fini = no_leaks);

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
			NULL, (char[]){ "ua-0" }, false, false, false, false, 1, false, false, 0,
			NULL },
		{ (char[]){ "sda" }, (char[]){ "scsi" }, DISK_LUN, DISK_BLOCK,
			(char[]){ "/dev/vg/lv" }, (char[]){ "raw" }, NULL, NULL, NULL, false, true,
			false, false, 0, false, false, 0, NULL },
		{ (char[]){ "vdb" }, (char[]){ "virtio" }, DISK_DISK, DISK_NETWORK,
			(char[]){ "rbd:pool/image" }, (char[]){ "raw" }, NULL, NULL, NULL, false,
			false, false, false, 0, false, false, 0, NULL },
		{ (char[]){ "vdc" }, (char[]){ "virtio" }, DISK_DISK, DISK_VOLUME,
			(char[]){ "default/data.img" }, (char[]){ "raw" }, NULL, NULL, NULL, false,
			false, true, false, 0, false, false, 0, NULL },
		{ (char[]){ "sdb" }, (char[]){ "sata" }, DISK_CDROM, DISK_NONE, NULL,
			(char[]){ "raw" }, NULL, NULL, NULL, true, false, false, false, 0, false,
			false, 0, NULL },
		{ (char[]){ "vdd" }, (char[]){ "virtio" }, DISK_DISK, DISK_OTHER,
			(char[]){ "nvme:0000:01:00.0/1" }, NULL, NULL, NULL, NULL, false, false,
			false, false, 0, false, false, 0, NULL },
	};
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	struct domain_spec have = { .n_disks = s->n_disks, .disks = s->disks };

	assert_same_spec(&have, &(struct domain_spec){ .n_disks = ARRAY_LEN(want), .disks = want });
}

/* The layers below have a file, a format and comments of their own, and come before what the disk has. */
Test(domain_xml, reads_the_disk_and_the_layers_below_apart)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(
		"<domain type='kvm'><name>web</name><devices><disk type='file' device='disk'>"
		"<backingStore type='file'><format type='raw'/><source file='/v/below'/>"
		"<!-- below --><target dev='vdz'/>text<![CDATA[<more/>]]>"
		"<backingStore type='file'><source file='/v/lowest'/><backingStore/></backingStore>"
		"<readonly/></backingStore>"
		"<driver name='qemu' type='qcow2'/><source file='/v/top'/>"
		"<target dev='vda' bus='virtio'/></disk>"
		"<disk type='file' device='disk'><driver type='raw'/><source file='/v/next'/>"
		"<backingStore/><target dev='vdb' bus='virtio'/></disk></devices></domain>");

	cr_assert_eq(s->n_disks, 2);
	cr_expect_str_eq(s->disks[0].path, "/v/top");
	cr_expect_str_eq(s->disks[0].format, "qcow2");
	cr_expect_str_eq(s->disks[0].target, "vda");
	cr_expect_not(s->disks[0].readonly);
	cr_assert_eq(s->disks[0].n_below, 3);
	cr_expect_str_eq(s->disks[0].below[0].path, "/v/below");
	cr_expect_str_eq(s->disks[0].below[0].format, "raw");
	cr_expect_str_eq(s->disks[0].below[1].path, "/v/lowest");
	cr_expect_null(s->disks[0].below[1].format);
	cr_expect_eq(s->disks[0].below[2].source, DISK_NONE);
	cr_expect_not(s->disks[0].opaque);
	cr_assert_eq(s->disks[1].n_below, 1);
	cr_expect_eq(s->disks[1].below[0].source, DISK_NONE);
	cr_expect_str_eq(s->disks[1].path, "/v/next");
	cr_expect_str_eq(s->disks[1].target, "vdb");
}

Test(domain_xml, a_disk_is_encrypted_if_a_layer_is)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(
		"<domain type='kvm'><name>web</name><devices><disk type='file' device='disk'>"
		"<driver type='qcow2'/><source "
		"file='/v/top'><privateData><x/></privateData></source>"
		"<backingStore type='file'><format type='qcow2'/><source file='/v/low'>"
		"<encryption format='luks'/><privateData><backingStore/><encryption/></privateData>"
		"</source><backingStore type='network'><format type='raw'/>"
		"<source protocol='nbd' name='x'><host name='h' port='1'/><auth/></source>"
		"<backingStore/></backingStore></backingStore>"
		"<target dev='vda' bus='virtio'/></disk></devices></domain>");

	cr_assert_eq(s->disks[0].n_below, 3);
	cr_expect(s->disks[0].opaque);
	cr_expect_not(s->disks[0].encrypted);
	cr_expect_str_eq(spec_encrypted(&s->disks[0]), "/v/low");
	cr_expect(s->disks[0].below[0].encrypted);
	cr_expect_not(s->disks[0].below[1].encrypted);
	cr_expect(s->disks[0].below[1].partial);
	cr_expect_str_eq(s->disks[0].below[1].path, "nbd:x");
	cr_expect_str_eq(s->disks[0].below[1].server, "h:1");
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

static void expect_unnamed(const char *inside, const char *want)
{
	_cleanup_free_ char *xml = xasprintf(
		"<domain "
		"xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>a</name>%s</domain>",
		inside);
	_cleanup_spec_ struct domain_spec *s = read_xml(xml);
	_cleanup_free_ char *all = strv_join(&s->unnamed, "; ");

	cr_expect_str_eq(all, want, "%s: %s", inside, all);
}

#define OWNERS(type, rest) "<seclabel type='" type "' model='dac'" rest

Test(domain_xml, reads_whose_files_libvirt_gives_to_qemu)
{
	static const struct {
		const char *top, *source;
		const char *user; /* NULL: none */
		bool keeps_owners, keeps_owner;
	} cases[] = {
		{ "", "", NULL, false, false },
		{ "<seclabel type='none' model='selinux'/>", "", NULL, false, false },
		{ OWNERS("none", "/>"), "", NULL, true, false },
		{ OWNERS("static", "><label>a:b</label></seclabel>"), "", "a:b", true, false },
		{ OWNERS("static", " relabel='yes'><label>+1:+2</label></seclabel>"), "", "+1:+2",
			false, false },
		{ "<seclabel type='none' model='selinux'/>" OWNERS("dynamic", " relabel='no'/>"),
			"", NULL, true, false },
		{ OWNERS("dynamic", " relabel='yes'/>"), "<seclabel model='dac' relabel='no'/>",
			NULL, false, true },
		{ "", "<seclabel model='selinux' relabel='no'/>", NULL, false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *xml =
			xasprintf("<domain><devices><disk><source file='/a'>%s</source><target "
				  "dev='vda'/></disk></devices>%s</domain>",
				cases[i].source, cases[i].top);
		_cleanup_spec_ struct domain_spec *s = read_xml(xml);

		cr_expect(str_eq(s->user, cases[i].user), "%zu", i);
		cr_expect_eq(s->keeps_owners, cases[i].keeps_owners, "%zu", i);
		cr_expect_eq(s->disks[0].keeps_owner, cases[i].keeps_owner, "%zu", i);
	}
}

#define ARGS(a, b)                                                                                 \
	"<qemu:commandline><qemu:arg value='" a "'/><qemu:arg value='" b "'/></qemu:commandline>"
#define DEVICES(d) "<devices>" d "</devices>"

Test(domain_xml, reads_disks_that_no_disk_names)
{
	static const struct {
		const char *inside, *want;
	} cases[] = {
		{ "", "" },
		{ ARGS("-drive", "if=none,file=/a,password=x"), "-drive /a" },
		{ ARGS("--drive", "file=rbd:pool/a,format=raw"), "-drive file=rbd:pool/a" },
		{ ARGS("-drive", "file=/a,media=cdrom"), "" },
		{ ARGS("-drive", "file=/a,readonly=on"), "" },
		{ ARGS("-blockdev", "{&quot;filename&quot;:&quot;/a&quot;}"), "-blockdev /a" },
		{ ARGS("-blockdev",
			  "{&quot;filename&quot;:&quot;/a&quot;,&quot;read-only&quot;:true}"),
			"" },
		{ ARGS("-hdb", "/a"), "-hdb /a" },
		{ ARGS("-device", "nvdimm,memdev=m"), "-device nvdimm" },
		{ ARGS("-device", "virtio-blk-pci,drive=x"), "" },
		{ ARGS("-cdrom", "/a"), "" },
		{ ARGS("-drive", ""), "-drive " },
		{ DEVICES("<memory model='nvdimm'><source><path>/a</path></source></memory><memory "
			  "model='dimm'/>"),
			"nvdimm /a" },
		{ DEVICES("<memory model='virtio-pmem'><source><path>/a</path></source></memory>"),
			"virtio-pmem /a" },
		{ DEVICES("<tpm><backend type='emulator'><source type='dir' "
			  "path='/a'/></backend></tpm>"),
			"tpm /a" },
		{ DEVICES("<tpm><backend type='passthrough'/></tpm>"), "" },
		{ DEVICES("<pstore backend='acpi-erst'><path>/a</path></pstore>"), "pstore /a" },
		{ DEVICES("<hostdev type='scsi'><source><adapter "
			  "name='scsi_host0'/></source></hostdev>"),
			"hostdev scsi scsi_host0" },
		{ DEVICES("<hostdev type='usb'/>"), "" },
		{ "<os><loader readonly='no' type='pflash'>/a</loader></os>", "loader /a" },
		{ "<os><loader type='pflash'>/a</loader></os>", "loader /a" },
		{ "<os><loader type='pflash'>/a</loader><nvram>/b</nvram></os>", "" },
		{ "<os><loader readonly='yes' type='pflash'>/a</loader></os>", "" },
		{ "<os><loader>/a</loader></os>", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect_unnamed(cases[i].inside, cases[i].want);
}

Test(domain_xml, a_varstore_is_moved_and_removed)
{
	static const char xml[] =
		"<domain type=\"kvm\">\n  <name>a</name>\n  <os firmware=\"efi\">\n"
		"    <varstore template=\"/t.json\" path=\"/v/a.json\"/>\n  </os>\n"
		"</domain>\n";
	_cleanup_spec_ struct domain_spec *s = read_xml(xml);
	_cleanup_free_ char *moved = NULL, *bios = NULL;
	struct vxe_error err = { 0 };

	cr_assert_str_eq(s->varstore, "/v/a.json");
	str_replace(&s->varstore, "/v/b.json");
	cr_assert_eq(spec_patch(xml, s, &moved, &err), 0);
	cr_assert(strstr(moved, "template=\"/t.json\" path=\"/v/b.json\""), "%s", moved);
	free(TAKE(s->varstore));
	free(TAKE(s->firmware));
	cr_assert_eq(spec_patch(xml, s, &bios, &err), 0);
	cr_assert(!strstr(bios, "varstore"), "%s", bios);
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
