/* SPDX-License-Identifier: MIT */
/* Other files below the disks of a domain that the mock runs, in its XML texts. */
#include "tests/mock/hv_mock_job.h"

#include "backends/libvirt/xml/domain_xml.h"

static xmlNode *find_disk(const xmlDoc *doc, const char *target)
{
	xmlNode *disk = tree_find(tree_root(doc), "devices/disk");

	for (; disk; disk = tree_next(disk, "disk")) {
		_cleanup_free_ char *have = tree_get(disk, "target@dev");
		if (str_eq(have, target))
			return disk;
	}
	return NULL;
}

/* As the spec has it. */
static char *source_of(const xmlNode *disk)
{
	_cleanup_free_ char *pool = tree_get(disk, "source@pool");
	_cleanup_free_ char *volume = tree_get(disk, "source@volume");
	char *path = tree_get(disk, "source@file");

	if (!path)
		path = tree_get(disk, "source@dev");
	return !path && pool && volume ? xasprintf("%s/%s", pool, volume) : path;
}

static void keep_old(xmlNode *disk)
{
	_cleanup_free_ char *path = source_of(disk);
	_cleanup_free_ char *format = tree_get(disk, "driver@type");
	xmlNode *older = tree_find(disk, "backingStore");

	if (older)
		xmlUnlinkNode(older);
	tree_set(disk, "backingStore@type", "file");
	tree_set(disk, "backingStore/format@type", format);
	tree_set(disk, "backingStore/source@file", path);
	if (older)
		xmlAddChild(tree_find(disk, "backingStore"), older);
}

static void change_disk(xmlNode *disk, const struct change *c)
{
	if (c->keeps_old)
		keep_old(disk);
	else
		tree_remove(tree_find(disk, "backingStore"));
	tree_remove(tree_find(disk, "source"));
	tree_set(disk, "@type", "file");
	tree_set(disk, "source@file", c->path);
	tree_set(disk, "driver@type", c->format);
}

/* @old: only a disk that is on this file is changed (the definition may say something else). */
static char *change_xml(const char *xml, const struct change *changes, size_t n,
	const char *const *old, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	if (!doc)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		xmlNode *disk = find_disk(doc, changes[i].target);
		_cleanup_free_ char *path = disk ? source_of(disk) : NULL;
		if (path && str_eq(path, old[i]))
			change_disk(disk, &changes[i]);
	}
	return tree_dump(doc);
}

/* Both texts or none. */
int mock_change_domain(struct mock_domain *d, const struct change *changes, size_t n,
	const char *const *old, struct vxe_error *err)
{
	_cleanup_free_ char *live = change_xml(d->live, changes, n, old, err);
	_cleanup_free_ char *inactive = NULL;

	if (!live)
		return -1;
	if (d->inactive) {
		inactive = change_xml(d->inactive, changes, n, old, err);
		if (!inactive)
			return -1;
		free(d->inactive);
		d->inactive = TAKE(inactive);
	}
	free(d->live);
	d->live = TAKE(live);
	return 0;
}

int mock_forget_below(struct mock_domain *d, const char *target, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(d->live, "domain", err);

	if (!doc)
		return -1;
	xmlNode *disk = find_disk(doc, target);

	if (disk)
		tree_remove(tree_find(disk, "backingStore"));
	free(d->live);
	d->live = tree_dump(doc);
	return 0;
}
