/* SPDX-License-Identifier: MIT */
/*
 * Disks that no <disk> names: options for QEMU, and other elements with a file, in which a guest keeps data. No snapshot
 * has them, and no layer can be put on them.
 */
#include "backends/libvirt/xml/domain_xml_devices.h"

#include <string.h>

/* ---- options for QEMU ------------------------------------------------------------------------ */

/*
 * QEMU options that give a guest a disk in a file. @value: how the option's argument must begin; NULL: any argument.
 */
static const struct {
	const char *option, *value;
} disk_options[] = {
	{ "-drive", NULL },
	{ "-blockdev", NULL },
	{ "-hda", NULL },
	{ "-hdb", NULL },
	{ "-hdc", NULL },
	{ "-hdd", NULL },
	{ "-fda", NULL },
	{ "-fdb", NULL },
	{ "-sd", NULL },
	{ "-mtdblock", NULL },
	{ "-pflash", NULL },
	{ "-readconfig", NULL }, /* the file of this option may contain any of the others */
	{ "-device", "nvdimm" },
	{ "-device", "virtio-pmem" },
};

static bool is_disk(const char *option, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(disk_options); i++)
		if (str_eq(option, disk_options[i].option) &&
			(!disk_options[i].value || str_starts(value, disk_options[i].value)))
			return true;
	return false;
}

/*
 * True if QEMU only reads the file of an option: two guests may share it, and a snapshot need not have its content.
 */
static bool is_read_only(const char *value)
{
	static const char *const words[] = { "media=cdrom", "readonly=on", "read-only=on",
		"\"read-only\":true", "\"read-only\": true" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(value, words[i]))
			return true;
	return false;
}

static const xmlNode *find_commandline(const xmlNode *root)
{
	for (const xmlNode *n = root->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && n->ns &&
			str_eq((const char *)n->name, "commandline"))
			return n;
	return NULL;
}

static void read_arguments(const xmlNode *root, struct strv *ret)
{
	const xmlNode *line = find_commandline(root);

	for (const xmlNode *n = line ? line->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && str_eq((const char *)n->name, "arg")) {
			char *value = tree_get(n, "@value");

			strv_take(ret, value ? value : xstrdup(""));
		}
}

/* A QEMU option with its file, as text for people, without other parts of the argument, which may hold a secret. */
static char *option_text(const char *option, const char *value)
{
	_cleanup_strv_ struct strv paths = { 0 };

	qemu_arg_paths(value, &paths);
	return paths.n ? xasprintf("%s %s", option, paths.items[0])
		       : xasprintf("%s %.*s", option, (int)strcspn(value, ","), value);
}

/* ---- elements -------------------------------------------------------------------------------- */

/* Finds UEFI firmware in one writable file, which has the UEFI variables, too. */
static void read_loader(const xmlNode *root, struct strv *ret)
{
	_cleanup_free_ char *type = tree_get(root, "os/loader@type");
	_cleanup_free_ char *readonly = tree_get(root, "os/loader@readonly");
	_cleanup_free_ char *path = tree_get(root, "os/loader");
	_cleanup_free_ char *firmware = tree_get(root, "os@firmware");
	bool writable = readonly ? str_eq(readonly, "no") : !firmware;

	if (path && str_eq(type, "pflash") && writable && !tree_find(root, "os/nvram"))
		strv_take(ret, xasprintf("loader %s", path));
}

/* Finds a TPM whose state is in another place than libvirt would choose, as libvirt 10.10 allows. */
static void read_tpm(const xmlNode *root, struct strv *ret)
{
	_cleanup_free_ char *path = tree_get(root, "devices/tpm/backend/source@path");
	_cleanup_free_ char *type = tree_get(root, "devices/tpm/backend@type");

	if (path && str_eq(type, "emulator"))
		strv_take(ret, xasprintf("tpm %s", path));
}

/* Finds the file for the log of a crashed kernel, as libvirt 10.6 allows. */
static void read_pstore(const xmlNode *root, struct strv *ret)
{
	_cleanup_free_ char *path = tree_get(root, "devices/pstore/path");

	if (path)
		strv_take(ret, xasprintf("pstore %s", path));
}

static void read_luns(const xmlNode *root, struct strv *ret)
{
	const xmlNode *n = tree_find(root, "devices/hostdev");

	for (; n; n = tree_next(n, "hostdev")) {
		_cleanup_free_ char *type = tree_get(n, "@type"),
				    *adapter = tree_get(n, "source/adapter@name"),
				    *wwpn = tree_get(n, "source@wwpn"),
				    *name = tree_get(n, "source@name");
		const char *at = adapter ? adapter : wwpn ? wwpn : name ? name : "";

		if (str_eq(type, "scsi") || str_eq(type, "scsi_host"))
			strv_take(ret, xasprintf("hostdev %s %s", type, at));
	}
}

void domain_xml_read_unnamed(const xmlNode *root, struct domain_spec *s)
{
	_cleanup_strv_ struct strv args = { 0 };

	read_arguments(root, &args);
	for (size_t i = 0; i + 1 < args.n; i++) {
		const char *option = args.items[i], *value = args.items[i + 1];

		if (str_starts(option, "--")) /* QEMU accepts one dash and two */
			option++;
		if (is_disk(option, value) && !is_read_only(value))
			strv_take(&s->unnamed, option_text(option, value));
	}
	const xmlNode *n = tree_find(root, "devices/memory");

	for (; n; n = tree_next(n, "memory")) {
		_cleanup_free_ char *model = tree_get(n, "@model"),
				    *path = tree_get(n, "source/path");

		if (path)
			strv_take(&s->unnamed, xasprintf("%s %s", model ? model : "memory", path));
	}
	read_loader(root, &s->unnamed);
	read_tpm(root, &s->unnamed);
	read_pstore(root, &s->unnamed);
	read_luns(root, &s->unnamed);
}
