/* SPDX-License-Identifier: MIT */
/* Definitions as libvirt writes them, and functions for tests of them. */
#pragma once

#include "tests/unit/leak.h"

#include <string.h>

#include "backends/libvirt/xml/domain_xml.h"

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

/* Without line breaks and devices. */
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

static inline struct domain_spec *read_xml(const char *xml)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct domain_spec *s = NULL;

	cr_assert_eq(domain_xml_read(xml, &s, &err), 0, "%s", err.n_params ? err.params[1] : "");
	return s;
}

static inline char *patch(const char *xml, const struct domain_spec *want)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char *out = NULL;

	cr_assert_eq(domain_xml_patch(xml, want, &out, &err), 0, "%s",
		err.n_params ? err.params[1] : "");
	return out;
}

static inline void add_text(struct str *s, const char *name, const char *value)
{
	str_addf(s, "%s=%s\n", name, value ? value : "(none)");
}

/* Every member as text, so that two specs can be compared and a difference can be read. */
static inline char *spec_text(const struct domain_spec *d)
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

static inline void assert_same_spec(const struct domain_spec *a, const struct domain_spec *b)
{
	_cleanup_free_ char *x = spec_text(a), *y = spec_text(b);

	cr_assert_str_eq(x, y);
}

/* @text with the first occurrence of @from replaced by @to. */
static inline char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	cr_assert_not_null(at, "%s", from);
	return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}
