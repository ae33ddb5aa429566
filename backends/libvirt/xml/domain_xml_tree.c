/* SPDX-License-Identifier: MIT */
/*
 * A small kit over libxml2. Documents are parsed and written with their white space, so untouched
 * parts of a domain's XML stay as their author wrote them.
 */
#include "backends/libvirt/xml/domain_xml_tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <libxml/chvalid.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlsave.h>

#define OUR_NAMESPACE "urn:vxe:1"
#define OUR_PREFIX "vxe"
#define STEP_MAX 32

static const xmlChar *as_xml(const char *s)
{
	return (const xmlChar *)s;
}

static const char *as_text(const xmlChar *s)
{
	return (const char *)s;
}

static void *or_abort(void *p)
{
	if (!p)
		abort();
	return p;
}

/* A copy of a text of libxml2's, which itself is freed with xmlFree(); NULL for an empty text. */
static char *take_text(xmlChar *s)
{
	char *copy = s && *s ? xstrdup(as_text(s)) : NULL;

	xmlFree(s);
	return copy;
}

/* ---- documents ------------------------------------------------------------------------------ */

#define QUIET (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

static xmlDoc *check_parsed_doc(xmlDoc *doc, struct vxe_error *err)
{
	if (!doc) {
		const xmlError *e = xmlGetLastError();
		_cleanup_free_ char *why = tree_clean(e ? e->message : "not XML", true);

		vxe_fail(err, VXE_HYPERVISOR_FAILED, "read XML", why);
	}
	return doc;
}

static xmlDoc *parse_any(const char *xml, int options)
{
	size_t len = strlen(xml);

	return len <= INT_MAX ? xmlReadMemory(xml, (int)len, NULL, NULL, QUIET | options) : NULL;
}

xmlDoc *tree_parse_compact(const char *xml, struct vxe_error *err)
{
	return check_parsed_doc(parse_any(xml, XML_PARSE_NOBLANKS), err);
}

static xmlDoc *judge_root(xmlDoc *given, const char *root, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = check_parsed_doc(given, err);

	if (!doc)
		return NULL;
	const xmlNode *top = tree_root(doc);
	if (!top || !str_eq(as_text(top->name), root)) {
		_cleanup_free_ char *why = xasprintf("the document is not a <%s>", root);

		vxe_fail(err, VXE_HYPERVISOR_FAILED, "read XML", why);
		return NULL;
	}
	return TAKE(doc);
}

xmlDoc *tree_parse(const char *xml, const char *root, struct vxe_error *err)
{
	return judge_root(parse_any(xml, 0), root, err);
}

/* ---- with the layers below a disk side by side ------------------------------------------------- */

/*
 * State of the XML parser (its _private) within the layers below a disk. libvirt nests the <backingStore> elements,
 * each in the one of the layer above; the parser makes each of them a child of the <disk>.
 */
struct below {
	int nested; /* number of open <backingStore> elements */
	bool open;  /* an element is being made for the innermost <backingStore> */
	int within; /* number of open elements inside the innermost <backingStore> */
	/*
	 * number of the open element inside the innermost <backingStore> that is left out with all that is in it; 0:
	 * none is
	 */
	int dropped;
};

static bool is_layer(const struct below *b, const xmlChar *name, const xmlChar *prefix)
{
	return !b->within && !prefix && str_eq(as_text(name), "backingStore");
}

/* Notes the beginning of an element inside a <backingStore>; true if the element is to be made. */
static bool begin_below(struct below *b, xmlParserCtxt *parser, const xmlChar *name,
	const xmlChar *prefix, const xmlChar *uri)
{
	if (is_layer(b, name, prefix)) {
		if (b->open)
			xmlSAX2EndElementNs(parser, name, prefix, uri);
		b->open = true;
		b->nested++;
		return true;
	}
	b->within++;
	/* Leaves out <privateData>, which libvirt keeps only in its own files of domains' states. */
	if (!b->dropped && (!b->open || str_eq(as_text(name), "privateData")))
		b->dropped = b->within;
	return !b->dropped;
}

static void start_element(void *parser, const xmlChar *name, const xmlChar *prefix,
	const xmlChar *uri, int n_namespaces, const xmlChar **namespaces, int n_attributes,
	int n_defaulted, const xmlChar **attributes)
{
	struct below *b = ((xmlParserCtxt *)parser)->_private;

	if ((b->nested || is_layer(b, name, prefix)) && !begin_below(b, parser, name, prefix, uri))
		return;
	xmlSAX2StartElementNs(parser, name, prefix, uri, n_namespaces, namespaces, n_attributes,
		n_defaulted, attributes);
}

/* Notes the end of an element inside a <backingStore>; true if the element was made. */
static bool end_below(struct below *b)
{
	bool made = b->within ? !b->dropped : b->open;

	if (!b->within) {
		b->open = false;
		b->nested--;
	} else if (b->within-- == b->dropped) {
		b->dropped = 0;
	}
	return made;
}

static void end_element(
	void *parser, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct below *b = ((xmlParserCtxt *)parser)->_private;

	if (!b->nested || end_below(b))
		xmlSAX2EndElementNs(parser, name, prefix, uri);
}

/* Drops text inside <backingStore> elements, where no text means anything. */
static void add_text(void *parser, const xmlChar *text, int len)
{
	const struct below *b = ((xmlParserCtxt *)parser)->_private;

	if (!b->nested)
		xmlSAX2Characters(parser, text, len);
}

xmlDoc *tree_parse_top(const char *xml, struct vxe_error *err)
{
	xmlParserCtxt *parser = or_abort(xmlNewParserCtxt());
	struct below below = { 0 };
	size_t len = strlen(xml);
	xmlDoc *doc = NULL;

	parser->_private = &below;
	parser->sax->startElementNs = start_element;
	parser->sax->endElementNs = end_element;
	parser->sax->characters = add_text;
	parser->sax->ignorableWhitespace = add_text;
	if (len <= INT_MAX)
		doc = xmlCtxtReadMemory(parser, xml, (int)len, NULL, NULL, QUIET);
	xmlFreeParserCtxt(parser);
	return judge_root(doc, "domain", err);
}

xmlDoc *tree_new(const char *root)
{
	xmlDoc *doc = or_abort(xmlNewDoc(as_xml("1.0")));

	xmlDocSetRootElement(doc, or_abort(xmlNewNode(NULL, as_xml(root))));
	return doc;
}

xmlNode *tree_root(const xmlDoc *doc)
{
	return xmlDocGetRootElement(doc);
}

char *tree_dump(xmlDoc *doc)
{
	xmlBuffer *buffer = or_abort(xmlBufferCreate());
	xmlSaveCtxt *save = or_abort(xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_DECL));

	xmlSaveDoc(save, doc);
	xmlSaveClose(save);
	char *text = xstrdup(as_text(xmlBufferContent(buffer)));
	xmlBufferFree(buffer);
	return text;
}

static char *dump(xmlNode *node, bool indented)
{
	xmlBuffer *buffer = or_abort(xmlBufferCreate());

	xmlNodeDump(buffer, node->doc, node, 0, indented);
	char *text = xstrdup(as_text(xmlBufferContent(buffer)));
	xmlBufferFree(buffer);
	return text;
}

char *tree_dump_node(xmlNode *node)
{
	return dump(node, false);
}

char *tree_dump_indented(xmlNode *node)
{
	return dump(node, true);
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static bool has_our_prefix(const char *name)
{
	return str_starts(name, OUR_PREFIX ":");
}

static bool element_is_called(const xmlNode *node, const char *name)
{
	if (node->type != XML_ELEMENT_NODE)
		return false;
	if (has_our_prefix(name))
		return node->ns && str_eq(as_text(node->ns->href), OUR_NAMESPACE) &&
			str_eq(as_text(node->name), name + strlen(OUR_PREFIX ":"));
	return !node->ns && str_eq(as_text(node->name), name);
}

static xmlNode *first_called(xmlNode *node, const char *name)
{
	while (node && !element_is_called(node, name))
		node = node->next;
	return node;
}

xmlNode *tree_child(const xmlNode *parent, const char *name)
{
	return first_called(parent->children, name);
}

xmlNode *tree_next(const xmlNode *node, const char *name)
{
	return first_called(node->next, name);
}

/* Copies the first step of the path to @name; returns the rest. */
static const char *path_step(const char *path, char name[STEP_MAX])
{
	size_t n = strcspn(path, "/@");

	assert(n > 0 && n < STEP_MAX);
	memcpy(name, path, n);
	name[n] = '\0';
	return path + n + (path[n] == '/');
}

static bool path_goes_on(const char *path)
{
	return *path && *path != '@';
}

/* The name of the attribute behind '@' in the path; NULL: it is the path of an element. */
static const char *path_attribute(const char *path)
{
	const char *at = strchr(path, '@');

	return at ? at + 1 : NULL;
}

xmlNode *tree_find(const xmlNode *node, const char *path)
{
	char name[STEP_MAX];
	xmlNode *found = NULL;

	for (const xmlNode *from = node; from && path_goes_on(path); from = found) {
		path = path_step(path, name);
		found = tree_child(from, name);
	}
	return found;
}

xmlNode *tree_make(xmlNode *node, const char *path)
{
	char name[STEP_MAX];

	while (path_goes_on(path)) {
		path = path_step(path, name);
		xmlNode *child = tree_child(node, name);
		node = child ? child : tree_add(node, name);
	}
	return node;
}

static bool is_blank_text(const xmlNode *node)
{
	return node && xmlIsBlankNode(node);
}

static xmlNode *new_line(const xmlNode *parent, bool inside)
{
	_cleanup_str_ struct str s = { 0 };

	str_add(&s, "\n");
	for (const xmlNode *up = parent; up && up->type == XML_ELEMENT_NODE; up = up->parent)
		if (inside || up != parent)
			str_add(&s, "  ");
	return or_abort(xmlNewText(as_xml(str_text(&s))));
}

static xmlNode *new_element(const char *name)
{
	if (!has_our_prefix(name))
		return or_abort(xmlNewNode(NULL, as_xml(name)));
	xmlNode *node = or_abort(xmlNewNode(NULL, as_xml(name + strlen(OUR_PREFIX ":"))));
	xmlSetNs(node, or_abort(xmlNewNs(node, as_xml(OUR_NAMESPACE), as_xml(OUR_PREFIX))));
	return node;
}

static xmlNode *last_called(const xmlNode *parent, const char *name)
{
	xmlNode *last = NULL;

	for (xmlNode *n = tree_child(parent, name); n; n = tree_next(n, name))
		last = n;
	return last;
}

xmlNode *tree_add(xmlNode *parent, const char *name)
{
	xmlNode *node = new_element(name), *brother = last_called(parent, name);
	xmlNode *end = parent->last;

	/* White space is added behind the new node, because libxml2 would join it with other text. */
	if (brother) {
		xmlAddNextSibling(brother, node);
		if (is_blank_text(brother->prev))
			xmlAddPrevSibling(node, new_line(parent, true));
	} else if (is_blank_text(end)) {
		xmlAddPrevSibling(end, node);
		xmlAddPrevSibling(node, new_line(parent, true));
	} else if (end) {
		xmlAddChild(parent, node);
	} else {
		xmlAddChild(parent, node);
		xmlAddPrevSibling(node, new_line(parent, true));
		xmlAddChild(parent, new_line(parent, false));
	}
	return node;
}

void tree_remove(xmlNode *node)
{
	if (!node)
		return;
	xmlNode *before = node->prev;
	if (is_blank_text(before)) {
		xmlUnlinkNode(before);
		xmlFreeNode(before);
	}
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

/* ---- text ----------------------------------------------------------------------------------- */

char *tree_get(const xmlNode *node, const char *path)
{
	const char *attribute = path_attribute(path);
	const xmlNode *holder = path_goes_on(path) ? tree_find(node, path) : node;

	if (!holder)
		return NULL;
	if (attribute)
		return take_text(xmlGetNoNsProp(holder, as_xml(attribute)));
	return take_text(xmlNodeGetContent(holder));
}

bool tree_get_int(const xmlNode *node, const char *path, int64_t *ret)
{
	_cleanup_free_ char *text = tree_get(node, path);
	char *end;

	if (!text)
		return false;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || end[strspn(end, " \t\r\n")] || errno)
		return false;
	*ret = value;
	return true;
}

void tree_set_inner(xmlNode *node, const char *text)
{
	_cleanup_free_ char *clean = tree_clean(text, false);

	xmlNodeSetContent(node, NULL);
	/* xmlNodeAddContent() takes plain text and escapes it */
	if (!str_is_empty(clean))
		xmlNodeAddContent(node, as_xml(clean));
}

static void set_attribute(xmlNode *holder, const char *name, const char *value)
{
	_cleanup_free_ char *clean = tree_clean(value, false);

	if (str_is_empty(clean))
		xmlUnsetProp(holder, as_xml(name));
	else
		or_abort(xmlSetProp(holder, as_xml(name), as_xml(clean)));
}

static void unset(xmlNode *node, const char *path)
{
	const char *attribute = path_attribute(path);
	xmlNode *holder = path_goes_on(path) ? tree_find(node, path) : node;

	if (holder && attribute)
		set_attribute(holder, attribute, NULL);
	else
		tree_remove(holder);
}

void tree_set(xmlNode *node, const char *path, const char *value)
{
	const char *attribute = path_attribute(path);

	if (str_is_empty(value))
		unset(node, path);
	else if (attribute)
		set_attribute(tree_make(node, path), attribute, value);
	else
		tree_set_inner(tree_make(node, path), value);
}

void tree_set_flag(xmlNode *node, const char *path, bool on)
{
	if (on)
		tree_make(node, path);
	else
		tree_remove(tree_find(node, path));
}

static bool is_control(int c, bool one_line)
{
	return one_line ? c < 0x20 || c == 0x7f : c < 0x20 && c != '\n' && c != '\t';
}

char *tree_clean(const char *text, bool one_line)
{
	_cleanup_str_ struct str s = { 0 };

	if (!text)
		return NULL;
	while (*text) {
		int len = (int)strnlen(text, 4), c = xmlGetUTF8Char(as_xml(text), &len);

		if (c < 0 || len <= 0) {
			str_add(&s, "?");
			text++;
			continue;
		}
		if (is_control(c, one_line))
			str_add(&s, " ");
		else if (!xmlIsCharQ((unsigned)c))
			str_add(&s, "?");
		else
			str_add_bytes(&s, text, (size_t)len);
		text += len;
	}
	return str_steal(&s);
}
