/* SPDX-License-Identifier: MIT */
/*
 * Reduces a machine to what its guest can see, by a list of elements and attributes. Everything
 * that is not on the list is removed, so a hostile document cannot name a file, a socket, a device
 * or a command of this host.
 */
#include "backends/libvirt/xml/domain_xml.h"

#include <string.h>

enum {
	TEXT = 1 << 0, /* keep the text of the element */
	TREE = 1 << 1, /* keep the text and everything in the element */
};

/* An element that is kept, and its attributes that are kept, separated by blanks; "*": all. */
static const struct rule {
	const char *path, *attributes;
	unsigned flags;
} rules[] = {
	{ "name", "", TEXT },
	{ "uuid", "", TEXT },
	{ "genid", "", TEXT },
	{ "metadata", "", TREE },
	{ "maxMemory", "slots unit", TEXT },
	{ "memory", "unit", TEXT },
	{ "currentMemory", "unit", TEXT },
	{ "vcpu", "placement current", TEXT },
	{ "vcpus", "", TREE },
	{ "sysinfo", "type", 0 },
	{ "sysinfo/bios", "", TREE },
	{ "sysinfo/system", "", TREE },
	{ "sysinfo/baseBoard", "", TREE },
	{ "sysinfo/chassis", "", TREE },
	{ "sysinfo/oemStrings", "", TREE },
	{ "os", "firmware", 0 },
	{ "os/type", "arch machine", TEXT },
	{ "os/loader", "secure", 0 },
	{ "os/firmware", "", TREE },
	{ "os/boot", "dev", 0 },
	{ "os/bootmenu", "enable timeout", 0 },
	{ "os/bios", "useserial rebootTimeout", 0 },
	{ "os/smbios", "mode", 0 },
	{ "features", "", TREE },
	{ "cpu", "*", TREE },
	{ "clock", "*", TREE },
	{ "on_poweroff", "", TEXT },
	{ "on_reboot", "", TEXT },
	{ "on_crash", "", TEXT },
	{ "pm", "", TREE },
	{ "devices", "", 0 },
	{ "devices/disk", "type device", 0 },
	{ "devices/disk/driver",
		"name type discard detect_zeroes queues queue_size event_idx ioeventfd packed "
		"iommu ats page_per_vq copy_on_read",
		0 },
	{ "devices/disk/target", "dev bus removable rotation_rate tray", 0 },
	{ "devices/disk/serial", "", TEXT },
	{ "devices/disk/wwn", "", TEXT },
	{ "devices/disk/vendor", "", TEXT },
	{ "devices/disk/product", "", TEXT },
	{ "devices/disk/boot", "order", 0 },
	{ "devices/disk/blockio", "logical_block_size physical_block_size", 0 },
	{ "devices/disk/geometry", "*", 0 },
	{ "devices/disk/readonly", "", 0 },
	{ "devices/disk/shareable", "", 0 },
	{ "devices/interface", "type", 0 },
	{ "devices/interface/mac", "address", 0 },
	{ "devices/interface/model", "type", 0 },
	{ "devices/interface/mtu", "size", 0 },
	{ "devices/interface/boot", "order", 0 },
	{ "devices/interface/link", "state", 0 },
	{ "devices/interface/rom", "bar enabled", 0 },
	{ "devices/interface/driver",
		"queues rx_queue_size tx_queue_size event_idx ioeventfd packed iommu ats "
		"page_per_vq",
		0 },
	{ "devices/interface/driver/guest", "*", 0 },
	{ "devices/interface/driver/host", "*", 0 },
	{ "devices/controller", "type index model ports vectors", 0 },
	{ "devices/controller/driver", "queues max_sectors iommu ats packed page_per_vq", 0 },
	{ "devices/controller/model", "name", 0 },
	{ "devices/controller/target", "*", TREE },
	{ "devices/controller/pcihole64", "unit", TEXT },
	{ "devices/controller/master", "startport", 0 },
	{ "devices/input", "type bus model", 0 },
	{ "devices/serial", "type", 0 },
	{ "devices/serial/target", "*", TREE },
	{ "devices/parallel", "type", 0 },
	{ "devices/parallel/target", "*", TREE },
	{ "devices/console", "type", 0 },
	{ "devices/console/target", "*", TREE },
	{ "devices/channel", "type", 0 },
	{ "devices/channel/target", "type name", 0 },
	{ "devices/graphics", "type autoport", 0 },
	{ "devices/video", "", 0 },
	{ "devices/video/model", "type vram vram64 ram vgamem heads primary", 0 },
	{ "devices/video/model/resolution", "x y", 0 },
	{ "devices/sound", "model multichannel streams", 0 },
	{ "devices/sound/codec", "type", 0 },
	{ "devices/watchdog", "model action", 0 },
	{ "devices/memballoon", "model autodeflate freePageReporting", 0 },
	{ "devices/memballoon/stats", "period", 0 },
	{ "devices/rng", "model", 0 },
	{ "devices/rng/rate", "*", 0 },
	{ "devices/rng/backend", "model", TEXT },
	{ "devices/panic", "model", 0 },
	{ "devices/tpm", "model", 0 },
	{ "devices/tpm/backend", "type version persistent_state", 0 },
	{ "devices/hub", "type", 0 },
	{ "devices/redirdev", "bus type", 0 },
	{ "devices/memory", "model access discard", 0 },
	{ "devices/memory/target", "", TREE },
	{ "devices/iommu", "model", 0 },
	{ "devices/iommu/driver", "*", 0 },
	{ "devices/vsock", "model", 0 },
	{ "devices/vsock/cid", "auto", 0 },
};

/* Elements that are kept in every device, besides those in the list of rules. */
static const struct rule common[] = { { "address", "*", TREE }, { "alias", "name", 0 } };

/*
 * Elements that are removed without being reported as lost: a guest is the same without them, or each host has its
 * own.
 */
static const char *const unmissed[] = { "emulator", "audio", "lease", "graphics", NULL };

/* ---- the list --------------------------------------------------------------------------------- */

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += n)
		if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

static const struct rule *rule_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (str_eq(rules[i].path, path))
			return &rules[i];
	/* the path is devices/KIND/address */
	for (size_t i = 0; i < ARRAY_LEN(common) && str_starts(path, "devices/") && slash; i++)
		if (slash != strchr(path, '/') && str_eq(slash + 1, common[i].path))
			return &common[i];
	return NULL;
}

static void filter_attributes(xmlNode *node, const char *words)
{
	for (xmlAttr *a = node->properties, *next; a; a = next) {
		next = a->next;
		if (a->ns || (!str_eq(words, "*") && !has_word(words, (const char *)a->name)))
			xmlRemoveProp(a);
	}
}

static void filter_text(xmlNode *node)
{
	for (xmlNode *n = node->children, *next; n; n = next) {
		next = n->next;
		if (n->type == XML_ELEMENT_NODE || xmlIsBlankNode(n))
			continue;
		xmlUnlinkNode(n);
		xmlFreeNode(n);
	}
}

static void lose(struct strv *lost, const char *what)
{
	for (size_t i = 0; unmissed[i]; i++)
		if (str_eq(unmissed[i], what))
			return;
	if (lost && !strv_has(lost, what))
		strv_add(lost, what);
}

/* Removes all elements and attributes that the list of rules does not have; goes only as deep as the list. */
static void filter(xmlNode *node, const char *path, struct strv *lost)
{
	for (xmlNode *n = node->children, *next; n; n = next) {
		next = n->next;
		if (n->type != XML_ELEMENT_NODE)
			continue;
		_cleanup_free_ char *at =
			xasprintf("%s%s%s", path, *path ? "/" : "", (const char *)n->name);
		const struct rule *rule = n->ns ? NULL : rule_of(at);

		if (!rule) {
			/* Remembers an element without which the guest would change: a device, a kernel, an element of another namespace. */
			const char *name = (const char *)n->name;

			if ((str_starts(at, "devices/") && !strchr(at + strlen("devices/"), '/')) ||
				n->ns || str_eq(name, "launchSecurity") ||
				str_eq(at, "os/kernel") || str_eq(at, "os/initrd") ||
				str_eq(at, "os/varstore"))
				lose(lost, name);
			tree_remove(n);
			continue;
		}
		filter_attributes(n, rule->attributes);
		if (!(rule->flags & (TEXT | TREE)))
			filter_text(n);
		if (!(rule->flags & TREE))
			filter(n, at, lost);
	}
}

/* ---- devices that need another back end ------------------------------------------------------- */

static bool is_type(const xmlNode *node, const char *path, const char *const *words)
{
	_cleanup_free_ char *type = tree_get(node, path);

	for (; *words; words++)
		if (str_eq(*words, type))
			return true;
	return false;
}
#define IS_TYPE(node, path, ...) is_type(node, path, (const char *const[]){ __VA_ARGS__, NULL })

/* Changes a device so that it needs nothing of its host; false: the device must be left out. */
typedef bool shape_fn(xmlNode *node);

static bool shape_disk(xmlNode *node)
{
	tree_set(node, "@type", "file");
	if (IS_TYPE(node, "@device", "lun"))
		tree_set(node, "@device", "disk");
	return true;
}

static bool shape_card(xmlNode *node)
{
	if (IS_TYPE(node, "@type", "hostdev", "vdpa"))
		return false;
	tree_set(node, "@type", "user");
	return true;
}

static bool shape_line(xmlNode *node)
{
	tree_set(node, "@type", "pty");
	return true;
}

static bool shape_channel(xmlNode *node)
{
	if (!IS_TYPE(node, "target@type", "virtio"))
		return false;
	if (!IS_TYPE(node, "@type", "spicevmc"))
		tree_set(node, "@type", "unix");
	return true;
}

static bool shape_graphics(xmlNode *node)
{
	tree_set(node, "@autoport", "yes");
	return IS_TYPE(node, "@type", "vnc", "spice");
}

static bool shape_input(xmlNode *node)
{
	return IS_TYPE(node, "@type", "mouse", "tablet", "keyboard");
}

static bool shape_rng(xmlNode *node)
{
	tree_set_inner(tree_make(node, "backend"), "/dev/urandom");
	tree_set(node, "backend@model", "random");
	return true;
}

/* Keeps an emulated TPM, but none with an encrypted state, which needs a secret of its host. */
static bool shape_tpm(xmlNode *node)
{
	return IS_TYPE(node, "backend@type", "emulator") && !tree_find(node, "backend/encryption");
}

static bool shape_redirection(xmlNode *node)
{
	return IS_TYPE(node, "@type", "spicevmc");
}

static bool shape_memory(xmlNode *node)
{
	return IS_TYPE(node, "@model", "dimm");
}

static bool shape_vsock(xmlNode *node)
{
	tree_set(node, "cid@auto", "yes");
	return true;
}

static const struct {
	const char *element;
	shape_fn *shape;
} shapes[] = {
	{ "disk", shape_disk },
	{ "interface", shape_card },
	{ "serial", shape_line },
	{ "parallel", shape_line },
	{ "console", shape_line },
	{ "channel", shape_channel },
	{ "graphics", shape_graphics },
	{ "input", shape_input },
	{ "rng", shape_rng },
	{ "tpm", shape_tpm },
	{ "redirdev", shape_redirection },
	{ "memory", shape_memory },
	{ "vsock", shape_vsock },
};

/*
 * Makes the firmware independent of files of this host. With firmware="efi" libvirt finds the firmware's files on
 * any host; without it, libvirt accepts no loader without a file.
 */
static void shape_firmware(xmlNode *root, struct strv *lost)
{
	_cleanup_free_ char *firmware = tree_get(root, "os@firmware");

	if (firmware)
		return;
	if (IS_TYPE(root, "os/loader@type", "pflash") || tree_find(root, "os/varstore")) {
		tree_set(root, "os@firmware", "efi");
		return;
	}
	if (!tree_find(root, "os/loader"))
		return;
	lose(lost, "loader");
	tree_remove(tree_find(root, "os/loader"));
}

int domain_xml_portable(
	const char *xml, bool emulated, char **ret, struct strv *lost, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	if (!doc)
		return -1;
	if (doc->intSubset)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "read XML", "it has a DOCTYPE");
	xmlNode *root = tree_root(doc), *devices = tree_find(root, "devices");

	for (size_t i = 0; devices && i < ARRAY_LEN(shapes); i++) {
		for (xmlNode *n = tree_child(devices, shapes[i].element), *next; n; n = next) {
			next = tree_next(n, shapes[i].element);
			if (shapes[i].shape(n))
				continue;
			lose(lost, shapes[i].element);
			tree_remove(n);
		}
	}
	shape_firmware(root, lost);
	if (emulated && IS_TYPE(root, "@type", "kvm")) {
		tree_set(root, "@type", "qemu");
		if (IS_TYPE(root, "cpu@mode", "host-passthrough", "host-model", "maximum"))
			tree_remove(tree_find(root, "cpu"));
	}
	if (!IS_TYPE(root, "sysinfo@type", "smbios"))
		tree_remove(tree_find(root, "sysinfo"));
	filter_attributes(root, "type");
	filter(root, "", lost);
	/* removes vxe's own element, which says that the domain belongs to another store */
	tree_remove(tree_find(root, "metadata/vxe:vm"));
	*ret = tree_dump(doc);
	return 0;
}
