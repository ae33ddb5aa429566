/* SPDX-License-Identifier: MIT */
/* Patching a definition: only the requested member changes. */
#include "backends/libvirt/xml/domain_xml_devices.h"
#include "tests/unit/xml_samples.h"

TestSuite(domain_patch, .fini = no_leaks);

/* ---- patching ------------------------------------------------------------------------------- */

Test(domain_patch, nothing_to_change_changes_nothing)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		_cleanup_spec_ struct domain_spec *s = read_xml(samples[i]);
		_cleanup_free_ char *out = patch(samples[i], s);
		cr_expect_str_eq(out, samples[i]);
	}
}

/* So a definition that says already what is wanted is not written again. */
Test(domain_patch, libvirts_quotation_marks_stay_when_nothing_changes)
{
	_cleanup_free_ char *libvirts = xstrdup(small);

	for (char *p = libvirts; *p; p++)
		if (*p == '"')
			*p = '\'';
	_cleanup_spec_ struct domain_spec *s = read_xml(libvirts);
	_cleanup_free_ char *out = patch(libvirts, s);

	cr_expect_str_eq(out, libvirts);
	cr_expect_str_neq(out, small);
}

Test(domain_patch, strips_the_layers_that_a_disk_has_no_more_and_nothing_else)
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
	_cleanup_free_ char *without = replaced(
		both, "      <mirror type=\"file\" job=\"active-commit\" ready=\"yes\"/>\n", "");
	_cleanup_spec_ struct domain_spec *s = read_xml(both);
	_cleanup_free_ char *kept = patch(both, s);

	cr_expect_str_eq(kept, without);
	spec_drop_layers(s);
	_cleanup_free_ char *out = patch(both, s);

	cr_expect_str_eq(out, rich);
}

/* After a change of one member only its own place differs, byte for byte. */
Test(domain_patch, changes_one_place)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);
	_cleanup_free_ char *expected =
		replaced(rich, "/img/web &amp; co.qcow2", "/img/&lt;new&gt;.qcow2");

	str_replace(&s->disks[0].path, "/img/<new>.qcow2");
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_str_eq(out, expected);
}

Test(domain_patch, memory_and_vcpus)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(small);

	s->memory_max = 128LL << 20;
	s->vcpus_max = 8;
	_cleanup_free_ char *out = patch(small, s);
	/* The current values were given by the old maxima, so now they are written. */
	cr_expect_not_null(strstr(out, "<memory unit=\"KiB\">131072</memory>"));
	cr_expect_not_null(strstr(out, "<currentMemory unit=\"KiB\">65536</currentMemory>"));
	cr_expect_not_null(strstr(out, "<vcpu current=\"1\">8</vcpu>"));

	s->memory = s->memory_max = 1000;
	_cleanup_free_ char *odd = patch(out, s);
	cr_expect_not_null(strstr(odd, "<memory unit=\"b\">1000</memory>"));
}

Test(domain_patch, title_is_one_line)
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

Test(domain_patch, a_volume_becomes_a_file)
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

Test(domain_patch, media_go_in_and_out)
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

Test(domain_patch, adds_and_removes_disks)
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
	cr_expect_not_null(strstr(with,
		"    <disk type=\"file\" device=\"disk\">\n"
		"      <driver name=\"qemu\" type=\"qcow2\"/>\n"
		"      <source file=\"/img/e.qcow2\"/>\n"
		"      <target dev=\"vde\" bus=\"virtio\"/>\n"));
	_cleanup_free_ char *without = patch(with, before);
	cr_expect_str_eq(without, rich);
}

Test(domain_patch, removed_disk_takes_its_address_along)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);

	spec_remove_disk(s, "sda");
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_null(strstr(out, "/dev/vg/lv"));
	cr_expect_null(strstr(out, "type=\"drive\""));
	cr_expect_not_null(strstr(out, "bus=\"0x04\""));
}

Test(domain_patch, another_bus_drops_the_address)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(rich);

	str_replace(&s->disks[0].bus, "scsi");
	_cleanup_free_ char *out = patch(rich, s);
	cr_expect_null(strstr(out, "bus=\"0x04\""));
}

Test(domain_patch, order_of_the_spec_does_not_matter)
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

Test(domain_patch, adds_changes_and_removes_nics)
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

Test(domain_patch, mark_comes_and_goes)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(small);

	str_replace(&s->store, "0f0f0f0f-0000-4000-8000-00000000000f");
	str_replace(&s->mark_extra, "x < \"y\" & z");
	_cleanup_free_ char *with = patch(small, s);
	cr_expect_not_null(strstr(with,
		"<vxe:vm xmlns:vxe=\"urn:vxe:1\" "
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

Test(domain_patch, somebody_elses_vm_element_is_not_ours)
{
	static const char xml[] = "<domain type=\"qemu\"><metadata><x:vm xmlns:x=\"urn:other\" "
				  "store=\"s\"/><vm store=\"t\"/></metadata></domain>\n";
	_cleanup_spec_ struct domain_spec *s = read_xml(xml);
	_cleanup_free_ char *out = patch(xml, s);

	cr_expect_null(s->store);
	cr_expect_str_eq(out, xml);
}

Test(domain_patch, firmware_and_nvram)
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

Test(domain_patch, only_files_and_block_devices_are_put_in)
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

/* QEMU cannot open a device as a file, nor a file as a device. */
Test(domain_patch, what_is_put_in_is_what_lies_there)
{
	static const struct {
		const char *path;
		enum disk_source is;
	} places[] = {
		{ "/", DISK_FILE },
		{ "/dev/null", DISK_FILE },
		{ "/no such folder/x.qcow2", DISK_FILE },
		{ "/dev/no such volume group/x", DISK_BLOCK },
		{ "/dev/shm/no such file", DISK_FILE },
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		_cleanup_spec_ struct domain_spec *s = read_xml(small);

		spec_put_file(&s->disks[0], places[i].path, "raw");
		cr_expect_eq(s->disks[0].source, places[i].is, "%s", places[i].path);
		cr_expect_str_eq(s->disks[0].format, "raw");
		_cleanup_free_ char *out = patch(small, s);
		_cleanup_free_ char *source = xasprintf("<source %s=\"%s\"/>",
			places[i].is == DISK_BLOCK ? "dev" : "file", places[i].path);
		cr_expect_not_null(strstr(out, source), "%s", out);
	}
}

Test(domain_patch, a_path_is_never_bent_to_fit)
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

Test(domain_patch, disk_for_hot_plug)
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
	cr_expect_str_eq(xml,
		"<disk type=\"block\" device=\"disk\">\n"
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

Test(domain_patch, what_is_written_is_what_is_read)
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

/* ---- what is not a setting's own -------------------------------------------------------------- */

/* XML that other programs may have written around the members that vxe has rows for. */
static const char odd[] =
	"<domain type=\"qemu\">\n"
	"  <name>odd</name>\n"
	"  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>\n"
	"  <maxMemory slots=\"4\" unit=\"GiB\">8</maxMemory>\n"
	"  <memory unit=\"MiB\" dumpCore=\"off\">512</memory>\n"
	"  <currentMemory unit=\"M\">256</currentMemory>\n"
	"  <vcpu placement=\"static\" cpuset=\"0-1\" current=\"2\">8</vcpu>\n"
	"  <os firmware=\"bios\">\n"
	"    <type arch=\"x86_64\" machine=\"q35\">hvm</type>\n"
	"    <loader readonly=\"yes\" type=\"rom\">/bios</loader>\n"
	"    <boot dev=\"network\"/>\n"
	"    <boot dev=\"hd\"/>\n"
	"    <bootmenu enable=\"yes\" timeout=\"3000\"/>\n"
	"  </os>\n"
	"  <features>\n"
	"    <acpi/>\n"
	"    <apic eoi=\"on\"/>\n"
	"    <pae/>\n"
	"    <hyperv mode=\"custom\">\n"
	"      <relaxed state=\"on\"/>\n"
	"      <spinlocks state=\"on\" retries=\"4096\"/>\n"
	"      <vendor_id state=\"on\" value=\"KVM Hv\"/>\n"
	"    </hyperv>\n"
	"  </features>\n"
	"  <cpu mode=\"host-model\">\n"
	"    <topology sockets=\"1\" dies=\"2\" cores=\"2\" threads=\"2\"/>\n"
	"  </cpu>\n"
	"  <on_poweroff>preserve</on_poweroff>\n"
	"  <on_reboot>rename-restart</on_reboot>\n"
	"  <on_crash>coredump-restart</on_crash>\n"
	"  <devices>\n"
	"    <disk type=\"file\" device=\"disk\" snapshot=\"external\" sgio=\"filtered\">\n"
	"      <driver name=\"qemu\" type=\"raw\" queues=\"4\" iothread=\"1\"/>\n"
	"      <source file=\"/img/a.img\" startupPolicy=\"optional\">\n"
	"        <seclabel model=\"dac\" relabel=\"no\"/>\n"
	"      </source>\n"
	"      <target dev=\"sda\" bus=\"scsi\" rotation_rate=\"7200\"/>\n"
	"      <iotune><total_iops_sec>100</total_iops_sec></iotune>\n"
	"      <boot order=\"2\" loadparm=\"x\"/>\n"
	"      <alias name=\"ua-first\"/>\n"
	"      <address type=\"drive\" controller=\"0\" bus=\"0\" target=\"0\" unit=\"3\"/>\n"
	"    </disk>\n"
	"    <disk type=\"dir\" device=\"floppy\">\n"
	"      <driver name=\"qemu\" type=\"fat\"/>\n"
	"      <source dir=\"/srv/tools\"/>\n"
	"      <target dev=\"fda\" bus=\"fdc\"/>\n"
	"      <readonly/>\n"
	"    </disk>\n"
	"    <interface type=\"user\">\n"
	"      <mac address=\"52:54:00:AA:00:01\" type=\"static\"/>\n"
	"      <model type=\"virtio\"/>\n"
	"      <driver name=\"qemu\" queues=\"4\" rx_queue_size=\"512\">\n"
	"        <host csum=\"off\"/>\n"
	"      </driver>\n"
	"      <teaming type=\"persistent\"/>\n"
	"      <alias name=\"ua-net\"/>\n"
	"    </interface>\n"
	"    <interface type=\"network\" trustGuestRxFilters=\"yes\">\n"
	"      <mac address=\"52:54:00:aa:00:01\"/>\n"
	"      <source network=\"default\" portgroup=\"dmz\"/>\n"
	"      <bandwidth><inbound average=\"1000\"/></bandwidth>\n"
	"      <model type=\"e1000e\"/>\n"
	"      <rom bar=\"off\"/>\n"
	"      <acpi index=\"42\"/>\n"
	"    </interface>\n"
	"    <tpm model=\"tpm-tis\">\n"
	"      <backend type=\"passthrough\"><device path=\"/dev/tpm0\"/></backend>\n"
	"    </tpm>\n"
	"  </devices>\n"
	"</domain>\n";

Test(domain_patch, odd_documents_stay_as_they_are)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(odd);
	_cleanup_free_ char *out = patch(odd, s);

	cr_expect_str_eq(out, odd);
}

/* Clocks, the offset that is wanted of each, and what it becomes; NULL: the same. */
static const struct {
	const char *clock, *offset, *want, *to;
} clocks[] = {
	{ "<clock offset=\"utc\"/>", "0", "3600",
		"<clock offset=\"variable\" adjustment=\"3600\" basis=\"utc\"/>" },
	{ "<clock offset=\"variable\" adjustment=\"-7200\" basis=\"utc\"/>", "-7200", "0",
		"<clock offset=\"utc\"/>" },
	{ "<clock offset=\"variable\" adjustment=\"5\"/>", "5", "5", NULL },
	{ "<clock offset=\"variable\" adjustment=\"0\" basis=\"utc\"/>", "0", "0", NULL },
	{ "<clock offset=\"utc\"><timer name=\"hpet\" present=\"no\"/></clock>", "0", "60",
		"<clock offset=\"variable\" adjustment=\"60\" basis=\"utc\"><timer name=\"hpet\" "
		"present=\"no\"/></clock>" },
	{ "<clock offset=\"localtime\"/>", NULL, NULL, NULL },
	{ "<clock offset=\"variable\" adjustment=\"9\" basis=\"localtime\"/>", NULL, NULL, NULL },
	{ "<clock offset=\"timezone\" timezone=\"Europe/Berlin\"/>", NULL, "0",
		"<clock offset=\"utc\"/>" },
	{ "<clock offset=\"absolute\" start=\"0\"/>", NULL, "7",
		"<clock offset=\"variable\" adjustment=\"7\" basis=\"utc\"/>" },
};

Test(domain_patch, a_clock_is_ahead_of_utc)
{
	static const char end[] = "  <on_poweroff>";

	for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
		_cleanup_free_ char *line = xasprintf("  %s\n%s", clocks[i].clock, end);
		_cleanup_free_ char *xml = replaced(odd, end, line);
		_cleanup_free_ char *want = replaced(
			xml, clocks[i].clock, clocks[i].to ? clocks[i].to : clocks[i].clock);
		_cleanup_spec_ struct domain_spec *s = read_xml(xml);

		cr_expect(str_eq(s->timeoffset, clocks[i].offset), "%zu", i);
		str_replace(&s->timeoffset, clocks[i].want);
		_cleanup_free_ char *out = patch(xml, s);
		cr_expect_str_eq(out, want, "%zu: %s", i, out);
	}
}

/* Writes every row, one after the other: each changes only its own place. */
Test(domain_patch, a_member_changes_its_own_place)
{
	static const struct {
		const char *from, *to;
		size_t offset;
		int64_t value; /* of a number; else the text */
		const char *text;
	} changes[] = {
		{ ">512</memory>", ">524289</memory>", offsetof(struct domain_spec, memory_max),
			INT64_C(524289) << 10, NULL },
		{ "preserve</on_poweroff>", "destroy</on_poweroff>",
			offsetof(struct domain_spec, on_poweroff), 0, "destroy" },
		{ "rename-restart</on_reboot>", "destroy</on_reboot>",
			offsetof(struct domain_spec, on_reboot), 0, "destroy" },
	};

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		_cleanup_spec_ struct domain_spec *s = read_xml(odd);
		char *at = (char *)s + changes[i].offset;
		_cleanup_free_ char *want = replaced(odd, changes[i].from, changes[i].to);

		if (changes[i].text)
			str_replace((char **)at, changes[i].text);
		else
			*(int64_t *)at = changes[i].value;
		_cleanup_free_ char *out = patch(odd, s);

		if (changes[i].value) {
			_cleanup_free_ char *unit =
				replaced(want, "<memory unit=\"MiB\"", "<memory unit=\"KiB\"");

			cr_expect_str_eq(out, unit);
		} else
			cr_expect_str_eq(out, want);
	}
}

/* The second of two cards of one address is the second one. */
Test(domain_patch, cards_of_one_address)
{
	_cleanup_spec_ struct domain_spec *s = read_xml(odd);
	_cleanup_free_ char *first = spec_nic_card(s, &s->nics[0]);
	_cleanup_free_ char *second = spec_nic_card(s, &s->nics[1]);

	cr_expect_eq(spec_find_nic(s, first), &s->nics[0], "%s", first);
	cr_expect_eq(spec_find_nic(s, second), &s->nics[1], "%s", second);
	cr_expect_eq(spec_find_nic(s, "52:54:00:aa:00:01"), &s->nics[0]);
	cr_expect_null(spec_find_nic(s, "52:54:00:aa:00:02"));
	cr_expect_null(spec_find_nic(s, ""));
	spec_remove_nic(s, first);
	_cleanup_free_ char *out = patch(odd, s);

	cr_expect_null(strstr(out, "ua-net"));
	cr_expect_not_null(strstr(out, "<acpi index=\"42\"/>"));
}
