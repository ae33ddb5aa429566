/* SPDX-License-Identifier: MIT */
/* Prints the parts of a document that an XPath expression selects, as virsh does. */
#include "backends/libvirt/xml/domain_xml.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#include <string.h>

#include <libxml/xpath.h>

DEFINE_CLEANUP(xmlXPathContext *, xmlXPathFreeContext)
DEFINE_CLEANUP(xmlXPathObject *, xmlXPathFreeObject)

static int refuse_xpath(const char *xpath, const char *why, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%s: %s", xpath, why);

	return vxe_fail(err, INVALID_VALUE, "xpath", text);
}

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_ptr;
#else
typedef xmlErrorPtr error_ptr;
#endif

/* Swallows libxml2's messages, which libxml2 would otherwise print. */
static void say_nothing(void *ctx, error_ptr error)
{
	(void)ctx;
	(void)error;
}

/* A copy of a node that was selected, for another document; for "/" a copy of the root element. */
static xmlNode *part_of(xmlNode *node, xmlDoc *doc)
{
	xmlNode *copy = xmlDocCopyNode(
		node->type == XML_DOCUMENT_NODE ? tree_root(node->doc) : node, doc, 1);

	if (!copy)
		abort(); /* there is no memory */
	return copy;
}

static char *wrap_nodes(const xmlNodeSet *set)
{
	_cleanup_doc_ xmlDoc *doc = tree_new("nodes");

	for (int i = 0; set && i < set->nodeNr; i++)
		if (!xmlAddChild(tree_root(doc), part_of(set->nodeTab[i], doc)))
			abort(); /* there is no memory */
	return tree_dump_indented(tree_root(doc));
}

/*
 * The nodes that an XPath expression has selected, as text: one after the other, each on lines of its own; NULL:
 * there are none.
 */
static char *list_nodes(const xmlNodeSet *set)
{
	_cleanup_strv_ struct strv texts = { 0 };

	for (int i = 0; set && i < set->nodeNr; i++)
		strv_take(&texts, tree_dump_indented(set->nodeTab[i]));
	return texts.n ? strv_join(&texts, "\n") : NULL;
}

static bool has_namespaces(const xmlNodeSet *set)
{
	for (int i = 0; set && i < set->nodeNr; i++)
		if (set->nodeTab[i]->type == XML_NAMESPACE_DECL)
			return true;
	return false;
}

int domain_xml_select(
	const char *xml, const char *xpath, bool wrap, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse_compact(xml, err);

	if (!doc)
		return -1;
	_cleanup_(xmlXPathFreeContext_cleanup) xmlXPathContext *ctx = xmlXPathNewContext(doc);

	if (!ctx)
		abort(); /* there is no memory */
	ctx->node = tree_root(doc);
	ctx->error = say_nothing;
	_cleanup_(xmlXPathFreeObject_cleanup) xmlXPathObject *found =
		xmlXPathEval((const xmlChar *)xpath, ctx);

	if (!found)
		return refuse_xpath(xpath, "libxml2 cannot evaluate this expression", err);
	if (found->type != XPATH_NODESET)
		return refuse_xpath(xpath, "this gives a value, but must select nodes", err);
	if (has_namespaces(found->nodesetval))
		return refuse_xpath(xpath, "this selects namespaces, which are no nodes", err);
	*ret = wrap ? wrap_nodes(found->nodesetval) : list_nodes(found->nodesetval);
	return 0;
}
