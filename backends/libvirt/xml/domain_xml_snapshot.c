/* SPDX-License-Identifier: MIT */
/* Documents of snapshots: reads one of libvirt, and writes one for a snapshot of vxe. */
#include "backends/libvirt/xml/domain_xml_snapshot.h"

#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/xml/domain_xml_source.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#include <inttypes.h>

static enum hv_place place_of(const char *word)
{
	return str_eq(word, "internal")	   ? HV_INTERNAL
		: str_eq(word, "external") ? HV_EXTERNAL
					   : HV_NOWHERE;
}

int snapshot_xml_read(const char *xml, struct hv_snapshot *ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domainsnapshot", err);

	if (!doc)
		return -1;
	const xmlNode *root = tree_root(doc);
	_cleanup_free_ char *state = tree_get(root, "state");
	_cleanup_free_ char *memory = tree_get(root, "memory/@snapshot");

	*ret = (struct hv_snapshot){
		.name = tree_get(root, "name"),
		.parent = tree_get(root, "parent/name"),
		.description = tree_get(root, "description"),
		.memory_path = tree_get(root, "memory/@file"),
		.memory = place_of(memory),
		.running = state && !str_eq(state, "shutoff"),
		.paused = str_eq(state, "paused"),
		.xml = xstrdup(xml),
	};
	(void)tree_get_int(root, "creationTime", &ret->time);
	const xmlNode *disks = tree_child(root, "disks");

	for (const xmlNode *d = disks ? tree_child(disks, "disk") : NULL; d;
		d = tree_next(d, "disk")) {
		_cleanup_free_ char *how = tree_get(d, "@snapshot");
		char *target = tree_get(d, "@name");

		if (!target)
			continue;
		ret->disks = xrealloc(ret->disks, ret->n_disks + 1, sizeof(*ret->disks));
		ret->disks[ret->n_disks++] =
			(struct hv_snapshot_disk){ target, place_of(how), domain_xml_place(d) };
	}
	/*
	 * Reads the domain's inactive definition; of a domain that ran, libvirt keeps both the live and the inactive
	 * one.
	 */
	xmlNode *found = tree_child(root, "inactiveDomain");

	if (found)
		xmlNodeSetName(found, (const xmlChar *)"domain");
	else
		found = tree_child(root, "domain");
	if (found)
		ret->definition = tree_dump_node(found);
	if (ret->name)
		return 0;
	hv_snapshot_clear(ret);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "snapshots", "a snapshot has no name");
}

void snapshots_sort(struct hv_snapshots *v)
{
	struct hv_snapshots sorted = { .items =
					       v->n ? xcalloc(v->n, sizeof(*sorted.items)) : NULL };

	for (size_t i = 0; i < v->n; i++)
		if (!hv_snapshots_find(v, v->items[i].parent))
			str_replace(&v->items[i].parent, NULL);
	for (size_t before = 1; sorted.n < v->n && sorted.n != before;) {
		before = sorted.n;
		for (size_t i = 0; i < v->n; i++) {
			struct hv_snapshot *s = &v->items[i];
			bool ready =
				s->name && (!s->parent || hv_snapshots_find(&sorted, s->parent));

			if (!ready)
				continue;
			sorted.items[sorted.n++] = *s;
			*s = (struct hv_snapshot){ 0 };
		}
	}
	hv_snapshots_clear(v);
	*v = sorted;
}

/* ---- writing a snapshot of vxe as one of libvirt ---------------------------------------------- */

static void add_snapshot_disk_xml(xmlNode *list, const struct snapshot_disk *d)
{
	xmlNode *disk = tree_add(list, "disk");

	tree_set(disk, "@name", d->target);
	tree_set(disk, "@snapshot", d->overlay ? "external" : "no");
	if (!d->overlay)
		return;
	tree_set(disk, "@type", "file");
	tree_set(disk, "driver@type", d->format);
	domain_xml_set_place(disk, DISK_FILE, d->overlay);
}

/* Removes the passwords of a domain's screens, as libvirt does without VIR_DOMAIN_XML_SECURE. */
static void drop_secrets(const xmlNode *domain)
{
	for (xmlNode *g = tree_find(domain, "devices/graphics"); g; g = tree_next(g, "graphics")) {
		tree_set(g, "@passwd", NULL);
		tree_set(g, "@passwdValidTo", NULL);
	}
}

int domain_xml_snapshot(const struct snapshot_document *d, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *domain = tree_parse(d->domain, "domain", err);
	_cleanup_doc_ xmlDoc *doc = tree_new("domainsnapshot");
	_cleanup_free_ char *created = xasprintf("%" PRId64, d->created);
	xmlNode *root = tree_root(doc), *list;

	if (!domain)
		return -1;
	if (!d->secrets)
		drop_secrets(tree_root(domain));
	tree_set(root, "name", d->name);
	tree_set(root, "description", d->description);
	tree_set(root, "state", d->state);
	tree_set(root, "parent/name", d->parent);
	tree_set(root, "creationTime", created);
	tree_set(root, "memory@snapshot", d->memory ? "external" : "no");
	tree_set(root, "memory@file", d->memory);
	list = tree_add(root, "disks");
	for (size_t i = 0; i < d->n_disks; i++)
		add_snapshot_disk_xml(list, &d->disks[i]);
	xmlNode *copy = xmlDocCopyNode(tree_root(domain), doc, 1);

	if (!copy || !xmlAddChild(root, copy))
		abort(); /* there is no memory */
	*ret = tree_dump(doc);
	return 0;
}

/* ---- a document of libvirt, changed ----------------------------------------------------------- */

int domain_xml_snapshot_without(const char *xml, unsigned parts, char **ret, struct vxe_error *err)
{
	static const char *const definitions[] = { "domain", "inactiveDomain" };
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domainsnapshot", err);

	if (!doc)
		return -1;
	for (size_t i = 0; parts & SNAPSHOT_SECRETS && i < ARRAY_LEN(definitions); i++) {
		const xmlNode *domain = tree_child(tree_root(doc), definitions[i]);

		if (domain)
			drop_secrets(domain);
	}
	*ret = tree_dump(doc);
	return 0;
}

int domain_xml_snapshot_with_parent(
	const char *xml, const char *parent, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domainsnapshot", err);

	if (!doc)
		return -1;
	if (parent)
		tree_set(tree_root(doc), "parent/name", parent);
	else
		tree_remove(tree_child(tree_root(doc), "parent"));
	*ret = tree_dump(doc);
	return 0;
}

static void add_reverted(xmlNode *list, const char *target, const char *file)
{
	xmlNode *disk = tree_add(list, "disk");

	tree_set(disk, "@name", target);
	tree_set(disk, "@snapshot", file ? "external" : "no");
	if (!file)
		return;
	tree_set(disk, "@type", "file");
	tree_set(disk, "driver@type", "qcow2");
	domain_xml_set_place(disk, DISK_FILE, file);
}

/* Writes <revertDisks>, as libvirt itself does when it reverts to a snapshot with children. */
int domain_xml_snapshot_with_files(
	const char *xml, const struct map *files, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domainsnapshot", err);

	if (!doc)
		return -1;
	const xmlNode *disks = tree_child(tree_root(doc), "disks");

	tree_remove(tree_child(tree_root(doc), "revertDisks"));
	xmlNode *list = tree_add(tree_root(doc), "revertDisks");

	for (const xmlNode *d = disks ? tree_child(disks, "disk") : NULL; d;
		d = tree_next(d, "disk")) {
		_cleanup_free_ char *how = tree_get(d, "@snapshot");
		_cleanup_free_ char *target = tree_get(d, "@name");

		if (target && place_of(how) == HV_EXTERNAL)
			add_reverted(list, target, map_get(files, target));
	}
	*ret = tree_dump(doc);
	return 0;
}
