/* SPDX-License-Identifier: MIT */
/* Defines a domain, even while another program gives the running guest new layers. */
#include "backends/libvirt/hv_libvirt_define.h"
#include "backends/libvirt/hv_libvirt_stats.h"

#include "objects/base/file_key.h"
#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/xml/domain_xml_source.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#define TRIES 5

char *libvirt_source(const xmlNode *disk)
{
	return domain_xml_place(disk);
}

static xmlNode *next_disk(const xmlDoc *doc, const xmlNode *disk)
{
	return disk ? tree_next(disk, "disk") : tree_find(tree_root(doc), "devices/disk");
}

enum guest { GUEST_OFF, GUEST_ELSEWHERE, GUEST_AS_DEFINED };

/*
 * Whether the running guest's disks are on the files that the definition names. GUEST_ELSEWHERE: one of them is on
 * another file. Waits until a snapshot that libvirt is making is done. -1: error. If the definition has no disks,
 * libvirt is not asked.
 */
static int look_at_guest(virDomainPtr dom, const xmlDoc *defined, struct vxe_error *err)
{
	const xmlNode *disk = NULL;

	while ((disk = next_disk(defined, disk))) {
		_cleanup_free_ char *source = libvirt_source(disk);
		_cleanup_free_ char *target = tree_get(disk, "target@dev");
		/* a disk that is a volume, or an empty drive, is named by its target */
		const char *name = source ? source : target;
		virDomainBlockJobInfo info;

		if (!name || virDomainGetBlockJobInfo(dom, name, &info, 0) >= 0)
			continue;
		if (libvirt_last_error_is(VIR_ERR_OPERATION_TIMEOUT))
			return libvirt_fail(err, "define");
		return libvirt_last_error_is(VIR_ERR_OPERATION_INVALID) ||
				libvirt_last_error_is(VIR_ERR_NO_DOMAIN)
			? GUEST_OFF
			: GUEST_ELSEWHERE;
	}
	return GUEST_AS_DEFINED;
}

static const xmlNode *disk_of(const xmlDoc *live, const char *target)
{
	const xmlNode *disk = NULL;

	while ((disk = next_disk(live, disk))) {
		_cleanup_free_ char *own = tree_get(disk, "target@dev");

		if (str_eq(own, target))
			break;
	}
	return disk;
}

static bool is_below(const xmlNode *disk, const char *source)
{
	for (const xmlNode *layer = tree_child(disk, "backingStore"); layer;
		layer = tree_child(layer, "backingStore")) {
		_cleanup_free_ char *own = libvirt_source(layer);

		if (own && file_is_same(own, source))
			return true;
	}
	return false;
}

static void take_source(xmlNode *disk, const xmlNode *live)
{
	static const char *const members[] = { "@type", "driver@type", "source@file",
		"source@dev" };
	_cleanup_free_ char *place = libvirt_source(live), *was = libvirt_source(disk);

	if (was && domain_xml_is_export(was))
		tree_remove(tree_find(disk, "source"));
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		_cleanup_free_ char *value = tree_get(live, members[i]);

		tree_set(disk, members[i], value);
	}
	if (place && domain_xml_is_export(place))
		domain_xml_set_place(disk, DISK_FILE, place);
	/* Copies the layers below (<backingStore>) from the guest's live disk, if the definition has any. */
	xmlNode *before = tree_child(disk, "backingStore");
	xmlNode *now = before ? tree_child(live, "backingStore") : NULL;

	tree_remove(before);
	if (now)
		xmlAddChild(disk, xmlDocCopyNode(now, disk->doc, 1));
}

/*
 * 1: QEMU says that the guest writes to @source. libvirt's live XML may be wrong: a libvirtd that died when the
 * guest left a layer does not know of that.
 */
static int is_written(
	struct hv *h, const xmlDoc *defined, const char *source, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = tree_get(tree_root(defined), "uuid");
	_cleanup_strv_ struct strv files = { 0 };

	if (libvirt_disk_files(h, uuid, &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (file_is_same(files.items[i], source))
			return 1;
	return 0;
}

/*
 * Moves each disk of @defined that is on a layer below the one to which the guest writes to that one; returns 1 if
 * there was such a disk. A disk that has the same file in @before is left alone.
 */
static int follow(struct hv *h, xmlDoc *defined, const xmlDoc *before, const xmlDoc *live,
	struct vxe_error *err)
{
	xmlNode *disk = NULL;
	int changed = 0;

	while ((disk = next_disk(defined, disk))) {
		_cleanup_free_ char *target = tree_get(disk, "target@dev"), *source = NULL,
				    *was = NULL;
		const xmlNode *now = disk_of(live, target);
		const xmlNode *old = before ? disk_of(before, target) : NULL;

		source = now ? libvirt_source(disk) : NULL;
		was = old ? libvirt_source(old) : NULL;
		if (!source || str_eq(was, source) || !is_below(now, source))
			continue;
		int r = is_written(h, defined, source, err);

		if (r < 0)
			return -1;
		if (r)
			continue;
		take_source(disk, now);
		changed = 1;
	}
	return changed;
}

/*
 * Moves the disks of a new definition to the layers to which the running guest writes. With @inactive compares it
 * with the definition that libvirt still has: a disk that is below the guest's layer there, too, is so by design, as
 * a transient disk is, or one that shall lose its changes at the next start.
 */
static int follow_guest(
	struct hv *h, virDomainPtr dom, xmlDoc *defined, bool inactive, struct vxe_error *err)
{
	_cleanup_free_ char *old =
		inactive ? virDomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE) : NULL;
	_cleanup_free_ char *running = virDomainGetXMLDesc(dom, 0);

	if (!running || (inactive && !old)) /* the domain has gone */
		return 0;
	_cleanup_doc_ xmlDoc *live = tree_parse(running, "domain", err);
	_cleanup_doc_ xmlDoc *before = live && old ? tree_parse(old, "domain", err) : NULL;

	if (!live || (old && !before))
		return -1;
	return follow(h, defined, before, live, err);
}

/*
 * Returns 1 with the domain, if it may be running. A handle from an earlier call does not tell, so a domain with
 * such a handle counts as running.
 */
static int find_running(struct hv *h, const xmlDoc *doc, virDomainPtr *ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = tree_get(tree_root(doc), "uuid");

	*ret = uuid ? libvirt_known(h, uuid) : NULL;
	if (*ret)
		return 1;
	int r = uuid ? libvirt_lookup(h, uuid, "define", ret, err) : 0;

	return r <= 0 ? r : virDomainGetID(*ret) != (unsigned)-1;
}

static int define(struct hv *h, const char *xml, struct vxe_error *err)
{
	_cleanup_domain_ virDomainPtr dom = virDomainDefineXMLFlags(conn_of(h), xml, 0);

	return dom ? 0 : libvirt_fail(err, "define");
}

static int define_doc(struct hv *h, xmlDoc *doc, struct vxe_error *err)
{
	_cleanup_free_ char *xml = tree_dump(doc);

	return define(h, xml, err);
}

/*
 * Defines a domain whose guest may be running. The XML was made from what libvirt said a little before. If libvirt
 * has made another program's snapshot since, the XML names the layer below, and the guest would lose at its next
 * start all that it writes from now on.
 *
 * The first call of look_at_guest() also waits until a snapshot that is under way is made: libvirt 9.0 would go on
 * with the disks of the old definition, which the new one has freed, and die. The later calls are for a snapshot
 * that begins after the first.
 */
static int define_running(
	struct hv *h, virDomainPtr dom, xmlDoc *doc, const char *xml, struct vxe_error *err)
{
	int guest = look_at_guest(dom, doc, err);
	int moved = guest == GUEST_ELSEWHERE ? follow_guest(h, dom, doc, true, err) : 0;

	if (guest < 0 || moved < 0 || (moved ? define_doc(h, doc, err) : define(h, xml, err)) < 0)
		return -1;
	if (guest == GUEST_OFF ||
		(guest == GUEST_ELSEWHERE &&
			!moved)) /* nothing to do: the guest is off, or is elsewhere by design */
		return 0;
	for (int i = 0; i < TRIES; i++) {
		guest = look_at_guest(dom, doc, err);
		moved = guest == GUEST_ELSEWHERE ? follow_guest(h, dom, doc, false, err) : 0;
		if (guest < 0 || moved <= 0)
			return guest < 0 ? -1 : moved;
		if (define_doc(h, doc, err) < 0)
			return -1;
	}
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "define", "the guest's disks keep changing");
}

int libvirt_definition_for(struct hv *h, const char *xml, char **ret, struct vxe_error *err)
{
	_cleanup_(hv_versions_clear) struct hv_versions v = { 0 };

	*ret = NULL;
	if (!domain_xml_is_later(xml))
		return 0;
	return libvirt_versions(h, &v, err) < 0 ? -1 : domain_xml_for(xml, &v, ret, err);
}

int libvirt_define(struct hv *h, const char *given, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *suited = NULL;

	if (libvirt_definition_for(h, given, &suited, err) < 0)
		return -1;
	const char *xml = suited ? suited : given;
	/* Text that is no domain's XML is passed on: libvirt itself refuses it. */
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", &ignored);
	_cleanup_domain_ virDomainPtr dom = NULL;
	int runs = doc ? find_running(h, doc, &dom, err) : 0;

	if (runs < 0)
		return -1;
	return runs ? define_running(h, dom, doc, xml, err) : define(h, xml, err);
}
