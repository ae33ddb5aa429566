/* SPDX-License-Identifier: MIT */
/* Members of the spec in a domain's XML: firmware, its variables, and the order in which it boots from devices. */
#include "backends/libvirt/xml/domain_xml_member.h"

/*
 * Reads the kind of firmware. A flash loader without the attribute firmware of <os> is UEFI, as older libvirt wrote
 * it; so is whatever keeps UEFI variables (<varstore>).
 */
static char *firmware_read(const xmlNode *root)
{
	char *value = tree_get(root, "os@firmware");
	_cleanup_free_ char *loader = tree_get(root, "os/loader@type");

	if (value)
		return value;
	return str_eq(loader, "pflash") || tree_find(root, "os/varstore") ? xstrdup("efi") : NULL;
}

static void firmware_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	s->firmware = firmware_read(root);
}

static int firmware_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = firmware_read(root);

	(void)err;
	if (xml_texts_same(have, want->firmware))
		return 0;
	tree_set(root, m->path, want->firmware);
	if (want->firmware)
		return 0;
	/* Removes the elements that libvirt has chosen for UEFI; the file with the UEFI variables stays. */
	tree_remove(tree_find(root, "os/firmware"));
	tree_remove(tree_find(root, "os/loader"));
	tree_remove(tree_find(root, "os/nvram"));
	tree_remove(tree_find(root, "os/varstore"));
	return 0;
}

const struct xml_member_kind xml_firmware = { firmware_get, firmware_set };

/*
 * Where the XML has the path of the file with the UEFI variables: in the text of <nvram>, or since libvirt 8.5 in an
 * attribute of its <source>, for a file or for a device.
 */
static const char *nvram_path(const xmlNode *root)
{
	_cleanup_free_ char *device = tree_get(root, "os/nvram/source@dev");

	if (device)
		return "os/nvram/source@dev";
	return tree_find(root, "os/nvram/source") ? "os/nvram/source@file" : "os/nvram";
}

/* Reads the path of the file with the UEFI variables; variables that are in no file get a name that is no path. */
static char *nvram_read(const xmlNode *root)
{
	_cleanup_free_ char *protocol = tree_get(root, "os/nvram/source@protocol");
	_cleanup_free_ char *name = tree_get(root, "os/nvram/source@name");

	return protocol ? xasprintf("%s:%s", protocol, name ? name : "")
			: tree_get(root, nvram_path(root));
}

static void nvram_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	s->nvram = nvram_read(root);
}

static int nvram_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	const char *path = nvram_path(root);
	_cleanup_free_ char *have = nvram_read(root);

	(void)m, (void)err;
	if (xml_texts_same(have, want->nvram))
		return 0;
	if (!str_is_empty(want->nvram) && !str_eq(path, "os/nvram")) {
		tree_set(root, path, want->nvram);
		return 0;
	}
	xmlNode *node = tree_make(root, "os/nvram");
	tree_set_inner(node, want->nvram);
	if (str_is_empty(want->nvram))
		tree_set(node, "@type",
			NULL); /* the attribute describes the <source> that was removed */
	/* an <nvram> without attributes is removed; one that names a template stays */
	if (str_is_empty(want->nvram) && !node->properties)
		tree_remove(node);
	return 0;
}

const struct xml_member_kind xml_nvram = { nvram_get, nvram_set };

static char *boot_read(const xmlNode *root)
{
	_cleanup_strv_ struct strv devices = { 0 };

	for (const xmlNode *n = tree_find(root, "os/boot"); n; n = tree_next(n, "boot")) {
		char *dev = tree_get(n, "@dev");
		if (dev)
			strv_take(&devices, dev);
	}
	return devices.n ? strv_join(&devices, ",") : NULL;
}

static void boot_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	s->boot = boot_read(root);
}

static int boot_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = boot_read(root);
	_cleanup_strv_ struct strv devices = { 0 };

	(void)err;
	if (xml_texts_same(have, want->boot))
		return 0;
	for (xmlNode *n; (n = tree_find(root, m->path)) != NULL;)
		tree_remove(n);
	if (!str_is_empty(want->boot))
		strv_split(&devices, want->boot, ',');
	for (size_t i = 0; i < devices.n; i++)
		tree_set(tree_add(tree_make(root, "os"), "boot"), "@dev", devices.items[i]);
	return 0;
}

const struct xml_member_kind xml_boot = { boot_get, boot_set };
