/* SPDX-License-Identifier: MIT */
/*
 * Where a disk's content is, in libvirt's words and in vxe's: a file, a block device, a volume, or an export of a
 * server. An export that vxe knows (content_named()) has a name in the form of a path, and all code but this file
 * treats it like a file.
 */
#include "backends/libvirt/xml/domain_xml_source.h"

#include "backends/content/content.h"

static const char *const source_names[] = {
	[DISK_FILE] = "file",
	[DISK_BLOCK] = "block",
	[DISK_NETWORK] = "network",
	[DISK_VOLUME] = "volume",
};

static enum disk_source source_of_type(const char *type)
{
	for (size_t i = 0; type && i < ARRAY_LEN(source_names); i++)
		if (str_eq(type, source_names[i]))
			return (enum disk_source)i;
	return type ? DISK_OTHER : DISK_FILE;
}

/* ---- reading --------------------------------------------------------------------------------- */

/*
 * The place (a name in the form of a path) of the server's export that a disk's source describes; NULL: no export
 * that vxe knows.
 */
static char *network_place(const xmlNode *disk)
{
	_cleanup_content_name_ struct content_name n = {
		.protocol = tree_get(disk, "source@protocol"),
		.name = tree_get(disk, "source@name"),
		.socket = tree_get(disk, "source/host@socket"),
	};

	return n.protocol && n.name ? content_named("/", &n) : NULL;
}

char *domain_xml_place(const xmlNode *disk)
{
	char *file = tree_get(disk, "source@file");

	if (!file)
		file = tree_get(disk, "source@dev");
	return file ? file : network_place(disk);
}

static char *join_paths(const xmlNode *disk, const char *first, char between, const char *second)
{
	_cleanup_free_ char *a = tree_get(disk, first);
	_cleanup_free_ char *b = tree_get(disk, second);

	return a ? xasprintf("%s%c%s", a, between, b ? b : "") : NULL;
}

/* QEMU's name of an NVMe disk: the controller's address on the host, and the namespace. */
static char *nvme_name(const xmlNode *disk)
{
	static const char *const parts[] = { "domain", "bus", "slot", "function" };
	_cleanup_free_ char *space = tree_get(disk, "source@namespace");
	int64_t n[ARRAY_LEN(parts)] = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		_cleanup_free_ char *path = xasprintf("source/address@%s", parts[i]);
		_cleanup_free_ char *text = tree_get(disk, path);

		n[i] = text ? strtoll(text, NULL, 0) : 0;
	}
	return xasprintf("%04llx:%02llx:%02llx.%llx/%s", (long long)n[0], (long long)n[1],
		(long long)n[2], (long long)n[3], space ? space : "");
}

/*
 * The name of a disk of a type that vxe does not work on; without a name the disk would look like an empty drive.
 * For an unknown type the name is the whole element.
 */
static char *other_name(const xmlNode *disk, const char *type)
{
	static const struct {
		const char *type, *path;
	} names[] = {
		{ "dir", "source@dir" },
		{ "vhostuser", "source@path" },
		{ "vhostvdpa", "source@dev" },
	};
	xmlNode *source = tree_find(disk, "source");
	_cleanup_free_ char *name = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(type, names[i].type))
			name = tree_get(disk, names[i].path);
	if (source && !name)
		name = str_eq(type, "nvme") ? nvme_name(disk) : tree_dump_node(source);
	return name ? xasprintf("%s:%s", type, name) : NULL;
}

static char *source_path(const xmlNode *disk, enum disk_source kind, const char *type)
{
	switch (kind) {
	case DISK_FILE:
		return tree_get(disk, "source@file");
	case DISK_BLOCK:
		return tree_get(disk, "source@dev");
	case DISK_NETWORK:
		return join_paths(disk, "source@protocol", ':', "source@name");
	case DISK_VOLUME:
		return join_paths(disk, "source@pool", '/', "source@volume");
	case DISK_OTHER:
		return other_name(disk, type);
	case DISK_NONE:
		break;
	}
	return NULL;
}

enum disk_source domain_xml_source(const xmlNode *disk, char **path)
{
	_cleanup_free_ char *type = tree_get(disk, "@type");
	enum disk_source kind = source_of_type(type);

	*path = kind == DISK_NETWORK ? network_place(disk) : NULL;
	if (*path)
		return DISK_FILE;
	*path = source_path(disk, kind, type);
	return *path ? kind : DISK_NONE;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Writes the source of a disk that is an export of a server; false if the place is a file or a block device. */
static bool put_export(xmlNode *node, const char *place)
{
	_cleanup_content_name_ struct content_name n = { 0 };

	content_name(place, &n);
	if (!n.protocol)
		return false;
	tree_remove(tree_find(node, "source"));
	tree_set(node, "@type", source_names[DISK_NETWORK]);
	tree_set(node, "source@protocol", n.protocol);
	tree_set(node, "source@name", n.name);
	if (n.socket) {
		tree_set(node, "source/host@transport", "unix");
		tree_set(node, "source/host@socket", n.socket);
	}
	return true;
}

void domain_xml_set_place(xmlNode *node, enum disk_source kind, const char *place)
{
	const char *member = kind == DISK_FILE ? "source@file" : "source@dev";

	if (put_export(node, place))
		return;
	_cleanup_free_ char *protocol = tree_get(node, "source@protocol");

	if (protocol) /* what remains in the element describes the export */
		tree_remove(tree_find(node, "source"));
	tree_set(node, "@type", source_names[kind]);
	tree_set(node, member, place);
}

static int check_path(const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *clean = tree_clean(path, true);

	if (str_eq(clean, path))
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "write domain XML",
		"a file name holds bytes that XML cannot carry");
}

int domain_xml_put(xmlNode *node, enum disk_source kind, const char *place, struct vxe_error *err)
{
	if (check_path(place, err) < 0)
		return -1;
	domain_xml_set_place(node, kind, place);
	tree_set(node, "source@index",
		NULL); /* libvirt's number of the old source in a running domain */
	return 0;
}

bool domain_xml_is_export(const char *place)
{
	_cleanup_content_name_ struct content_name n = { 0 };

	content_name(place, &n);
	return n.protocol;
}
