/* SPDX-License-Identifier: MIT */
/* Reads the document in which a template lists the disks that an installation makes. */
#include "backends/libvirt/xml/domain_xml.h"

static int refuse_provision(const char *why, struct vxe_error *err)
{
	return vxe_fail(err, INVALID_VALUE, "disks", why);
}

static char *text_or(const xmlNode *node, const char *attribute, const char *otherwise)
{
	char *text = tree_get(node, attribute);

	return text ? text : xstrdup(otherwise);
}

static int read_disk(const xmlNode *node, struct provision *p, struct vxe_error *err)
{
	_cleanup_free_ char *bootable = tree_get(node, "@bootable");
	int64_t size = 0;

	if (!tree_get_int(node, "@size", &size) || size <= 0)
		return refuse_provision("a disk has no size", err);
	p->items = xrealloc(p->items, p->n + 1, sizeof(*p->items));
	p->items[p->n++] = (struct provision_disk){
		.device = text_or(node, "@device", ""),
		.size = size,
		.sr = text_or(node, "@sr", ""),
		.type = text_or(node, "@type", "system"),
		.bootable = str_eq(bootable, "true"),
	};
	return 0;
}

int domain_xml_provision(const char *xml, struct provision *ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error bad = { 0 };
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "provision", &bad);
	_cleanup_provision_ struct provision p = { 0 };

	if (!doc)
		return refuse_provision(bad.n_params ? bad.params[bad.n_params - 1] : "", err);
	for (xmlNode *n = tree_child(tree_root(doc), "disk"); n; n = tree_next(n, "disk"))
		if (read_disk(n, &p, err) < 0)
			return -1;
	*ret = p;
	p = (struct provision){ 0 };
	return 0;
}
