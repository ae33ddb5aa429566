/* SPDX-License-Identifier: MIT */
/* What a later libvirt writes into the definitions of all machines of a kind, and an earlier one refuses. */
#include "backends/libvirt/xml/domain_xml.h"

#include <string.h>

#include "backends/hv/hv_by_version.h"

#define ITCO "itco" /* the watchdog of q35 machines */

bool domain_xml_is_later(const char *xml)
{
	return strstr(xml, ITCO) || strstr(xml, " firmware=");
}

/* Only what the watchdog does by itself: what else it is to do when it fires the earlier libvirt cannot set. */
static bool is_unset_itco(const xmlNode *watchdog)
{
	_cleanup_free_ char *model = tree_get(watchdog, "@model"),
			    *action = tree_get(watchdog, "@action");

	return str_eq(model, ITCO) && (!action || str_eq(action, "reset"));
}

static bool drop_itco(xmlNode *root)
{
	bool changed = false;

	for (xmlNode *n = tree_find(root, "devices/watchdog"), *next; n; n = next) {
		next = tree_next(n, "watchdog");
		if (!is_unset_itco(n))
			continue;
		tree_remove(n);
		changed = true;
	}
	return changed;
}

/* The files stay, which fit the UEFI variables; as in a definition that libvirt sends with a running guest. */
static bool drop_firmware(xmlNode *root)
{
	_cleanup_free_ char *kind = tree_get(root, "os@firmware");
	_cleanup_free_ char *loader = tree_get(root, "os/loader");

	if (!kind || str_is_empty(loader))
		return false;
	tree_set(root, "os@firmware", NULL);
	tree_remove(tree_find(root, "os/firmware"));
	return true;
}

int domain_xml_for(const char *xml, const struct hv_versions *v, char **ret, struct vxe_error *err)
{
	const bool itco = hv_by_version(v, HV_KNOWS_ITCO) != 0;
	const bool firmware = hv_by_version(v, HV_SHOWS_FIRMWARE) != 0;
	_cleanup_doc_ xmlDoc *doc = NULL;
	bool changed = false;

	*ret = NULL;
	if ((itco && firmware) || !domain_xml_is_later(xml))
		return 0;
	doc = tree_parse(xml, "domain", err);
	if (!doc)
		return -1;
	if (!itco)
		changed |= drop_itco(tree_root(doc));
	if (!firmware)
		changed |= drop_firmware(tree_root(doc));
	*ret = changed ? tree_dump(doc) : NULL;
	return 0;
}
