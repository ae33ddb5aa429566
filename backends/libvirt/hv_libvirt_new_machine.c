/* SPDX-License-Identifier: MIT */
/*
 * The XML of a bare machine for this host. libvirt chooses emulator and machine type; vxe adds what every machine
 * needs to be installed and seen: a serial port, a VNC screen, a video card.
 */
#include "backends/libvirt/xml/domain_xml_tree.h"
#include "backends/libvirt/hv_libvirt.h"

/* The types of domains: KVM first; libvirt does not describe it where it cannot be used. */
static const char *const types[] = { "kvm", "qemu" };

static char *domain_capabilities(virConnectPtr conn, const char **type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char *xml = virConnectGetDomainCapabilities(conn, NULL, NULL, NULL, types[i], 0);

		*type = types[i];
		if (xml)
			return xml;
	}
	return NULL;
}

/*
 * Sets the host's processor by name, so that a memory image records what it needs. The feature arch-capabilities is
 * disabled because nested hypervisors offer it but fail to set its register, and then QEMU does not start; without
 * it a guest at most takes unnecessary precautions.
 */
static void add_processor(xmlNode *root, const char *arch)
{
	tree_set(root, "cpu@mode", "host-model");
	if (!str_eq(arch, "x86_64"))
		return;
	tree_set(root, "cpu/feature@policy", "disable");
	tree_set(root, "cpu/feature@name", "arch-capabilities");
}

int libvirt_new_machine(struct hv *h, char **ret, struct vxe_error *err)
{
	const char *type = NULL;
	_cleanup_free_ char *text = domain_capabilities(conn_of(h), &type);
	_cleanup_doc_ xmlDoc *facts = NULL, *doc = NULL;

	if (!text)
		return libvirt_fail(err, "describe a machine");
	facts = tree_parse(text, "domainCapabilities", err);
	if (!facts)
		return -1;
	_cleanup_free_ char *arch = tree_get(tree_root(facts), "arch");
	_cleanup_free_ char *machine = tree_get(tree_root(facts), "machine");
	_cleanup_free_ char *emulator = tree_get(tree_root(facts), "path");

	doc = tree_new("domain");
	xmlNode *root = tree_root(doc);
	tree_set(root, "@type", type);
	tree_set(root, "memory", "1");
	tree_set(root, "vcpu", "1");
	tree_set(root, "os/type", "hvm");
	tree_set(root, "os/type@arch", arch);
	tree_set(root, "os/type@machine", machine);
	tree_set_flag(root, "features/acpi", true);
	if (str_eq(arch, "x86_64"))
		tree_set_flag(root, "features/apic", true);
	if (str_eq(type, "kvm"))
		add_processor(root, arch);
	tree_set(root, "clock@offset", "utc");
	tree_set(root, "on_poweroff", "destroy");
	tree_set(root, "on_reboot", "restart");
	tree_set(root, "on_crash", "destroy");
	tree_set(root, "devices/emulator", emulator);
	xmlNode *devices = tree_make(root, "devices");

	tree_set(tree_add(devices, "serial"), "@type", "pty");
	xmlNode *vnc = tree_add(devices, "graphics");
	tree_set(vnc, "@type", "vnc");
	tree_set(vnc, "@autoport", "yes");
	tree_set(tree_make(devices, "video"), "model@type", "vga");
	*ret = tree_dump(doc);
	return 0;
}

/* ---- machine types that the emulator does not have ------------------------------------------- */

/* The full name of the machine type @machine (NULL: of the default), owned; NULL: the emulator does not have it. */
static char *machine_name(
	struct hv *h, const char *emulator, const char *arch, const char *machine, const char *type)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *xml =
		virConnectGetDomainCapabilities(conn_of(h), emulator, arch, machine, type, 0);
	_cleanup_doc_ xmlDoc *doc = xml ? tree_parse(xml, "domainCapabilities", &ignored) : NULL;

	if (!xml)
		virResetLastError();
	return doc ? tree_get(tree_root(doc), "machine") : NULL;
}

/*
 * Finds out whether the emulator has the machine type of a definition. Types that it has are remembered,
 * because many definitions name the same one.
 */
int libvirt_machine_gone(
	struct hv *h, const char *xml, char **ret, char **newest, struct vxe_error *err)
{
	struct strv *machines = &((struct hv_libvirt *)h)->machines;
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	if (!doc)
		return -1;
	xmlNode *root = tree_root(doc);
	_cleanup_free_ char *emulator = tree_get(root, "devices/emulator"),
			    *arch = tree_get(root, "os/type@arch"),
			    *machine = tree_get(root, "os/type@machine"),
			    *type = tree_get(root, "@type");
	_cleanup_free_ char *key = xasprintf("%s|%s|%s|%s", emulator ? emulator : "",
		arch ? arch : "", machine ? machine : "", type ? type : "");

	if (!machine || strv_has(machines, key))
		return 0;
	_cleanup_free_ char *known = machine_name(h, emulator, arch, machine, type);

	if (known) {
		strv_add(machines, key);
		return 0;
	}
	const char *kind = strstr(machine, "q35") ? "q35" : strstr(machine, "i440fx") ? "pc" : NULL;
	_cleanup_free_ char *other = machine_name(h, emulator, arch, kind, type);

	/* libvirt describes the emulator with another machine type, so the type is what is gone */
	if (!other)
		return 0;
	*ret = TAKE(machine);
	if (newest)
		*newest = TAKE(other);
	return 0;
}
