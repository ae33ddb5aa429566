/* SPDX-License-Identifier: MIT */
/*
 * Disks and network interfaces of a domain's XML: two lists of devices. A device is matched by a fixed key (target,
 * MAC address), a network interface by its position as well. A device that is in both document and spec is changed
 * only where they differ; its address, driver options and other children stay.
 */
#include "backends/libvirt/xml/domain_xml_devices.h"

#include "backends/libvirt/xml/domain_xml_layers.h"
#include "backends/libvirt/xml/domain_xml_source.h"

#include <string.h>

/* ---- a list of devices ---------------------------------------------------------------------- */

struct device_list {
	const char *element;
	/* path of the value in a device's element by which the device is found */
	const char *key;
	size_t (*n)(const struct domain_spec *s);
	const char *(*key_of)(const struct domain_spec *s, size_t i);
	/* position of the device among the elements of its kind in the XML, from 1; NULL: the key alone decides */
	int (*place_of)(const struct domain_spec *s, size_t i);
	int (*update)(xmlNode *node, const struct domain_spec *s, size_t i, struct vxe_error *err);
};

static bool same_key(const char *a, const char *b)
{
	return a == b || (a && b && strcasecmp(a, b) == 0);
}

static bool is_among(xmlNode *const *nodes, size_t n, const xmlNode *node)
{
	for (size_t i = 0; i < n; i++)
		if (nodes[i] == node)
			return true;
	return false;
}

/*
 * Finds the element of a device: the first that is not yet in @taken. @key is the value that tells devices of this kind
 * apart, such as a disk's target; @place counts all elements of this kind in the document, from 1; 0: at any place.
 */
static xmlNode *claim(const struct device_list *l, const xmlNode *devices, const char *key,
	int place, xmlNode *const *taken, size_t n_taken)
{
	int at = 0;

	for (xmlNode *n = tree_child(devices, l->element); n; n = tree_next(n, l->element)) {
		_cleanup_free_ char *have = tree_get(n, l->key);

		at++;
		if (same_key(have, key) && (!place || at == place) && !is_among(taken, n_taken, n))
			return n;
	}
	return NULL;
}

/*
 * Finds the elements of all devices. First matches the devices that are still at their old positions, then the
 * others by key alone: the document may have changed meanwhile.
 */
static void claim_all(const struct device_list *l, const xmlNode *devices,
	const struct domain_spec *want, xmlNode **nodes, size_t n)
{
	for (size_t i = 0; l->place_of && i < n; i++)
		if (l->place_of(want, i))
			nodes[i] = claim(
				l, devices, l->key_of(want, i), l->place_of(want, i), nodes, n);
	for (size_t i = 0; i < n; i++)
		if (!nodes[i])
			nodes[i] = claim(l, devices, l->key_of(want, i), 0, nodes, n);
}

static void remove_others(
	const struct device_list *l, const xmlNode *devices, xmlNode *const *nodes, size_t n_nodes)
{
	for (xmlNode *n = tree_child(devices, l->element), *next; n; n = next) {
		next = tree_next(n, l->element);
		if (!is_among(nodes, n_nodes, n))
			tree_remove(n);
	}
}

static int patch_devices(const struct device_list *l, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	size_t n = l->n(want);
	xmlNode *devices = tree_find(root, "devices");
	_cleanup_free_ xmlNode **nodes = xcalloc(n, sizeof(*nodes));

	if (!devices && n == 0)
		return 0;
	devices = tree_make(root, "devices");
	claim_all(l, devices, want, nodes, n);
	remove_others(l, devices, nodes, n);
	for (size_t i = 0; i < n; i++) {
		if (!nodes[i])
			nodes[i] = tree_add(devices, l->element);
		if (l->update(nodes[i], want, i, err) < 0)
			return -1;
	}
	return 0;
}

/* Sets @value if the XML has another one at @path; true if it was set. */
static bool differ_and_set(xmlNode *node, const char *path, const char *value)
{
	_cleanup_free_ char *have = tree_get(node, path);

	if (str_eq(have ? have : "", value ? value : ""))
		return false;
	tree_set(node, path, value);
	return true;
}

/* ---- disks: reading ------------------------------------------------------------------------- */

static const char *const device_names[] = {
	[DISK_DISK] = "disk",
	[DISK_CDROM] = "cdrom",
	[DISK_FLOPPY] = "floppy",
	[DISK_LUN] = "lun",
};

static size_t name_index(const char *const *names, size_t n, const char *name, size_t none)
{
	for (size_t i = 0; name && i < n; i++)
		if (str_eq(names[i], name))
			return i;
	return none;
}

#define INDEX_OF(names, name, none) name_index(names, ARRAY_LEN(names), name, none)

static const struct {
	const char *path;
	size_t offset;
} disk_texts[] = {
	{ "target@dev", offsetof(struct spec_disk, target) },
	{ "target@bus", offsetof(struct spec_disk, bus) },
	{ "driver@type", offsetof(struct spec_disk, format) },
	{ "serial", offsetof(struct spec_disk, serial) },
	{ DISK_CACHE, offsetof(struct spec_disk, cache) },
};

static const struct {
	const char *path;
	size_t offset;
} disk_flags[] = {
	{ "readonly", offsetof(struct spec_disk, readonly) },
	{ "shareable", offsetof(struct spec_disk, shareable) },
	{ "transient", offsetof(struct spec_disk, transient) },
};

/* The alias that a user gave to a device ("ua-..."), owned; NULL: none. libvirt makes other aliases at each start. */
static char *read_alias(const xmlNode *disk)
{
	_cleanup_free_ char *alias = tree_get(disk, "alias@name");

	return alias && str_starts(alias, "ua-") ? TAKE(alias) : NULL;
}

static int read_boot(const xmlNode *node)
{
	int64_t order = 0;

	return tree_get_int(node, "boot@order", &order) && order > 0 && order <= INT_MAX
		? (int)order
		: 0;
}

/* Others are about SELinux or AppArmor. */
const xmlNode *domain_xml_owners(const xmlNode *parent)
{
	const xmlNode *n = tree_find(parent, "seclabel");

	for (; n; n = tree_next(n, "seclabel")) {
		_cleanup_free_ char *model = tree_get(n, "@model");

		if (str_eq(model, "dac"))
			break;
	}
	return n;
}

static bool keeps_owner(const xmlNode *disk)
{
	const xmlNode *source = tree_find(disk, "source");
	const xmlNode *label = source ? domain_xml_owners(source) : NULL;
	_cleanup_free_ char *relabel = label ? tree_get(label, "@relabel") : NULL;

	return str_eq(relabel, "no");
}

static void read_disk(const xmlNode *node, struct spec_disk *d)
{
	_cleanup_free_ char *device = tree_get(node, "@device");

	for (size_t i = 0; i < ARRAY_LEN(disk_texts); i++)
		*(char **)((char *)d + disk_texts[i].offset) = tree_get(node, disk_texts[i].path);
	for (size_t i = 0; i < ARRAY_LEN(disk_flags); i++)
		*(bool *)((char *)d + disk_flags[i].offset) = tree_find(node, disk_flags[i].path);
	d->device = (enum disk_device)INDEX_OF(device_names, device, DISK_DISK);
	d->source = domain_xml_source(node, &d->path);
	domain_xml_read_below(node, d);
	d->alias = read_alias(node);
	d->boot = read_boot(node);
	d->keeps_owner = keeps_owner(node);
}

void domain_xml_read_disks(const xmlNode *root, struct domain_spec *s)
{
	const xmlNode *node = tree_find(root, "devices/disk");

	for (; node; node = tree_next(node, "disk"))
		read_disk(node, spec_add_disk(s));
}

/* ---- disks: writing ------------------------------------------------------------------------- */

/*
 * Writes type and path of a disk's source, if they differ. Other attributes and children of <source> stay, but are
 * removed if the source is of another kind.
 */
static int update_source(xmlNode *node, const struct spec_disk *want, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;
	enum disk_source have = domain_xml_source(node, &path);

	if (have == want->source && str_eq(path, want->path))
		return 0;
	if (want->source != have)
		tree_remove(tree_find(node, "source"));
	if (want->source == DISK_NONE) {
		if (have != DISK_FILE && have != DISK_BLOCK)
			tree_set(
				node, "@type", "file"); /* only a drive of this type may be empty */
		return 0;
	}
	if (want->source != DISK_FILE && want->source != DISK_BLOCK) {
		_cleanup_free_ char *why = xasprintf(
			"disk %s: only files and block devices can be put in", want->target);
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, "write domain XML", why);
	}
	return domain_xml_put(node, want->source, want->path, err);
}

static void update_alias(xmlNode *node, const char *want)
{
	_cleanup_free_ char *have = read_alias(node);

	if (str_eq(have, want))
		return;
	if (want)
		tree_set(node, "alias@name", want);
	else
		tree_remove(tree_find(node, "alias"));
}

static void update_boot(xmlNode *node, int want)
{
	_cleanup_free_ char *order = want > 0 ? xasprintf("%d", want) : NULL;

	if (!order)
		tree_remove(tree_find(node, "boot"));
	else
		differ_and_set(node, "boot@order", order);
}

static int update_disk(xmlNode *node, const struct spec_disk *want, struct vxe_error *err)
{
	/*
	 * Removes <backingStore>, unless the spec has layers: libvirt believes it before the headers of images, and
	 * every snapshot makes it wrong.
	 */
	if (!want->n_below)
		tree_remove(tree_find(node, "backingStore"));
	tree_remove(tree_find(node, "mirror"));

	if (!tree_find(node, "target"))
		tree_set(node, "@type", "file");
	if (want->format && !tree_find(node, "driver"))
		tree_set(node, "driver@name", "qemu");
	if (want->format || tree_find(node, "driver"))
		differ_and_set(node, "driver@type", want->format);
	/*
	 * Writes the size of QEMU's cache for the tables of a qcow2 image, which libvirt refuses for other formats.
	 */
	if (want->format && !str_eq(want->format, "qcow2"))
		tree_remove(tree_find(node, "driver/metadata_cache"));
	else if (want->cache && differ_and_set(node, DISK_CACHE, want->cache))
		tree_set(node, DISK_CACHE "@unit", "bytes");
	if (update_source(node, want, err) < 0)
		return -1;
	/*
	 * Writes the kind of device and its bus; if they change, removes <address>, which is not valid on another
	 * bus.
	 */
	_cleanup_free_ char *device = tree_get(node, "@device");
	bool is_new = !tree_find(node, "target");
	bool moved = false;

	if (is_new || INDEX_OF(device_names, device, DISK_DISK) != want->device)
		moved |= differ_and_set(node, "@device", device_names[want->device]);
	moved |= differ_and_set(node, "target@dev", want->target);
	moved |= differ_and_set(node, "target@bus", want->bus);
	if (moved)
		tree_remove(tree_find(node, "address"));
	differ_and_set(node, "serial", want->serial);
	tree_set_flag(node, "readonly", want->readonly);
	tree_set_flag(node, "shareable", want->shareable);
	tree_set_flag(node, "transient", want->transient);
	update_boot(node, want->boot);
	update_alias(node, want->alias);
	return 0;
}

static size_t disk_count(const struct domain_spec *s)
{
	return s->n_disks;
}

static const char *disk_key(const struct domain_spec *s, size_t i)
{
	return s->disks[i].target;
}

static int disk_update(xmlNode *node, const struct domain_spec *s, size_t i, struct vxe_error *err)
{
	return update_disk(node, &s->disks[i], err);
}

static const struct device_list disk_list = { "disk", "target@dev", disk_count, disk_key, NULL,
	disk_update };

int domain_xml_patch_disks(xmlNode *root, const struct domain_spec *want, struct vxe_error *err)
{
	return patch_devices(&disk_list, root, want, err);
}

int domain_xml_disk(const struct spec_disk *disk, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("disk");

	if (update_disk(tree_root(doc), disk, err) < 0)
		return -1;
	*ret = tree_dump(doc);
	return 0;
}

/* ---- network interfaces --------------------------------------------------------------------- */

/* The attribute of <source> that names what an interface of this type is connected to. */
static const char *nic_source(const char *type)
{
	static const struct {
		const char *type, *path;
	} sources[] = {
		{ "network", "source@network" },
		{ "bridge", "source@bridge" },
		{ "direct", "source@dev" },
	};

	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (str_eq(type, sources[i].type))
			return sources[i].path;
	return NULL;
}

static int read_queues(const xmlNode *node)
{
	int64_t n = 0;

	return tree_get_int(node, "driver@queues", &n) && n > 0 && n <= INT_MAX ? (int)n : 0;
}

static bool read_link_down(const xmlNode *node)
{
	_cleanup_free_ char *state = tree_get(node, "link@state");

	return str_eq(state, "down");
}

static void read_nic(const xmlNode *node, struct spec_nic *nic)
{
	nic->mac = tree_get(node, "mac@address");
	for (char *c = nic->mac; c && *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	nic->type = tree_get(node, "@type");
	nic->model = tree_get(node, "model@type");
	nic->boot = read_boot(node);
	nic->alias = read_alias(node);
	/* The address as one word: "pci/0x0000/0x00/0x03/0x0". */
	const xmlNode *address = tree_find(node, "address");
	_cleanup_strv_ struct strv parts = { 0 };

	for (const xmlAttr *a = address ? address->properties : NULL; a; a = a->next) {
		_cleanup_free_ char *path = xasprintf("@%s", (const char *)a->name);
		char *value = tree_get(address, path);

		if (value)
			strv_take(&parts, value);
	}

	nic->address = parts.n ? strv_join(&parts, "/") : NULL;
	nic->queues = read_queues(node);
	nic->link_down = read_link_down(node);
	if (nic_source(nic->type))
		nic->source = tree_get(node, nic_source(nic->type));
}

void domain_xml_read_nics(const xmlNode *root, struct domain_spec *s)
{
	const xmlNode *node = tree_find(root, "devices/interface");

	for (int place = 1; node; node = tree_next(node, "interface")) {
		struct spec_nic *nic = spec_add_nic(s);

		read_nic(node, nic);
		nic->place = place++;
	}
}

static size_t nic_count(const struct domain_spec *s)
{
	return s->n_nics;
}

static const char *nic_key(const struct domain_spec *s, size_t i)
{
	return s->nics[i].mac_was ? s->nics[i].mac_was : s->nics[i].mac;
}

static int nic_place(const struct domain_spec *s, size_t i)
{
	return s->nics[i].place;
}

static int nic_update(xmlNode *node, const struct domain_spec *s, size_t i, struct vxe_error *err)
{
	const struct spec_nic *want = &s->nics[i];
	_cleanup_free_ char *queues = want->queues > 0 ? xasprintf("%d", want->queues) : NULL;

	(void)err;
	if (differ_and_set(node, "@type", want->type))
		tree_remove(tree_find(node, "source"));
	if (read_queues(node) != want->queues)
		tree_set(node, "driver@queues", queues);
	if (want->mac && (want->mac_was || !tree_find(node, "mac")))
		tree_set(node, "mac@address", want->mac);
	if (nic_source(want->type))
		differ_and_set(node, nic_source(want->type), want->source);
	differ_and_set(node, "model@type", want->model);
	if (read_link_down(node) != want->link_down)
		tree_set(node, "link@state", want->link_down ? "down" : "up");
	update_boot(node, want->boot);
	return 0;
}

static const struct device_list nic_list = { "interface", "mac@address", nic_count, nic_key,
	nic_place, nic_update };

int domain_xml_patch_nics(xmlNode *root, const struct domain_spec *want, struct vxe_error *err)
{
	return patch_devices(&nic_list, root, want, err);
}

/* The <interface> element that @card, a text of spec_nic_card(), names; NULL: the document has no such interface. */
static xmlNode *find_card(const xmlNode *root, const char *card)
{
	_cleanup_spec_ struct domain_spec *spec = domain_spec_new();
	xmlNode *node = tree_find(root, "devices/interface");

	domain_xml_read_nics(root, spec);
	const struct spec_nic *nic = spec_find_nic(spec, card);

	for (int place = 1; nic && node && place < nic->place; place++)
		node = tree_next(node, "interface");
	return nic ? node : NULL;
}

int domain_xml_card(const char *xml, const char *card, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	*ret = NULL;
	if (!doc)
		return -1;
	xmlNode *node = find_card(tree_root(doc), card);

	if (node)
		*ret = tree_dump_node(node);
	return 0;
}

int domain_xml_new_card(const char *xml, const char *card, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	*ret = NULL;
	if (!doc)
		return -1;
	xmlNode *node = find_card(tree_root(doc), card);

	/*
	 * Removes <address>, because another device may have that address by now; but among several interfaces with
	 * equal MAC addresses it identifies the interface, and stays.
	 */
	if (node && !strchr(card, '|'))
		tree_remove(tree_find(node, "address"));
	if (node)
		*ret = tree_dump_node(node);
	return 0;
}

int domain_xml_device(const char *xml, const char *element, const char *key_path, const char *key,
	char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);
	_cleanup_free_ char *path = xasprintf("devices/%s", element);

	*ret = NULL;
	if (!doc)
		return -1;
	for (xmlNode *n = tree_find(tree_root(doc), path); n; n = tree_next(n, element)) {
		_cleanup_free_ char *have = tree_get(n, key_path);

		if (!same_key(have, key))
			continue;
		*ret = tree_dump_node(n);
		return 0;
	}
	return 0;
}
