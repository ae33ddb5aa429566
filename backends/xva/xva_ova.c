/* SPDX-License-Identifier: MIT */
/*
 * Parses a document with a SAX parser that knows the few elements of XML-RPC. The document may be
 * hostile: a DOCTYPE is an error, so there are only the five predefined entities, and our own stack
 * limits the depth.
 */
#include <libxml/parser.h>
#include <string.h>
#include <strings.h>

#include "backends/xva/xva_private.h"

#define DEPTH_MAX 64
#define PIECE ((size_t)64 << 10)
#define MEMBERS_MAX ((size_t)2000000)

enum tag { TAG_VALUE, TAG_SCALAR, TAG_ARRAY, TAG_DATA, TAG_STRUCT, TAG_MEMBER, TAG_NAME };

struct level {
	enum tag tag;
	/* of a <value>: the value; of other elements: the value that contains the element */
	struct ova *value;
	bool typed; /* of a <value>: a child element has told the type */
	bool done;  /* of a <member>: its value has begun; of a <value>: it is complete */
	char *name; /* of MEMBER: its name */
};

struct parser {
	xmlParserCtxt *xml;
	struct ova *root;
	struct level stack[DEPTH_MAX];
	size_t depth, members;
	struct str text;
	struct vxe_error *err;
};

static void stop(struct parser *p, const char *why)
{
	if (p->err->code == VXE_OK)
		ova_fail(p->err, "ova.xml: %s", why);
	xmlStopParser(p->xml);
}

/* ---- elements --------------------------------------------------------------------------------- */

static const struct element {
	const char *name;
	enum tag tag;
	enum ova_type type;
} elements[] = {
	{ "value", TAG_VALUE, OVA_TEXT },
	{ "string", TAG_SCALAR, OVA_TEXT },
	{ "int", TAG_SCALAR, OVA_TEXT },
	{ "i4", TAG_SCALAR, OVA_TEXT },
	{ "i8", TAG_SCALAR, OVA_TEXT },
	{ "boolean", TAG_SCALAR, OVA_BOOL },
	{ "double", TAG_SCALAR, OVA_FLOAT },
	{ "nil", TAG_SCALAR, OVA_TEXT },
	{ "dateTime.iso8601", TAG_SCALAR, OVA_DATE },
	{ "array", TAG_ARRAY, OVA_LIST },
	{ "data", TAG_DATA, OVA_LIST },
	{ "struct", TAG_STRUCT, OVA_STRUCT },
	{ "member", TAG_MEMBER, OVA_STRUCT },
	{ "name", TAG_NAME, OVA_TEXT },
};

static const struct element *find_element(const xmlChar *name)
{
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		if (str_eq(elements[i].name, (const char *)name))
			return &elements[i];
	return NULL;
}

static struct level *top(struct parser *p)
{
	return p->depth ? &p->stack[p->depth - 1] : NULL;
}

/* Begins a value and checks the nesting; NULL: no value is allowed here. */
static struct ova *open_value(struct parser *p, struct level *in)
{
	if (!in)
		return p->root ? NULL : (p->root = ova_new(OVA_TEXT));
	if (in->tag == TAG_DATA)
		return ova_add(in->value, NULL, OVA_TEXT);
	if (in->tag != TAG_MEMBER || !in->name)
		return NULL;
	if (in->done)
		return NULL;
	in->done = true;
	return ova_add(in->value, in->name, OVA_TEXT);
}

static struct ova *open_typed(struct level *in, const struct element *e)
{
	if (!in || in->tag != TAG_VALUE || in->typed)
		return NULL;
	in->typed = true;
	in->value->type = e->type;
	return in->value;
}

static struct ova *open_inner(const struct level *in, enum tag parent)
{
	return in && in->tag == parent ? in->value : NULL;
}

static struct ova *open_element(struct parser *p, const struct element *e)
{
	struct level *in = top(p);

	switch (e->tag) {
	case TAG_VALUE:
		return open_value(p, in);
	case TAG_SCALAR:
	case TAG_ARRAY:
	case TAG_STRUCT:
		return open_typed(in, e);
	case TAG_DATA:
		return open_inner(in, TAG_ARRAY);
	case TAG_MEMBER:
		return open_inner(in, TAG_STRUCT);
	case TAG_NAME:
		return in && in->name ? NULL : open_inner(in, TAG_MEMBER);
	}
	return NULL;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
	struct parser *p = ctx;
	const struct element *e = find_element(name);
	struct ova *value;

	(void)attributes;
	if (!e)
		return stop(p, "an element that has no place in it");
	if (p->depth == DEPTH_MAX)
		return stop(p, "too deep");
	if (++p->members > MEMBERS_MAX)
		return stop(p, "too many elements");
	if (p->text.len && !is_blank(str_text(&p->text)))
		return stop(p, "text beside an element");
	str_clear(&p->text);
	value = open_element(p, e);
	if (!value)
		return stop(p, "an element in the wrong place");
	p->stack[p->depth++] = (struct level){ .tag = e->tag, .value = value };
}

/* The text without the white space around it; an XML-RPC number may have white space around it. */
static char *trimmed(const char *text)
{
	size_t from = strspn(text, " \t\r\n"), n = strlen(text);

	while (n > from && strchr(" \t\r\n", text[n - 1]))
		n--;
	return xstrndup(text + from, n - from);
}

static void close_name(struct parser *p)
{
	struct level *member = &p->stack[p->depth - 2];

	if (!p->text.len)
		return stop(p, "a member without name");
	member->name = str_steal(&p->text);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void close_struct(struct parser *p, const struct level *l)
{
	if (p->text.len && !is_blank(str_text(&p->text)))
		return stop(p, "text beside an element");
	/*
	 * Two members of one name are searched for at the end of the struct, by sorting all names, because there may
	 * be many.
	 */
	const struct ova *v = l->value;
	_cleanup_free_ const char **names = xcalloc(v->n + 1, sizeof(char *));

	for (size_t i = 0; i < v->n; i++)
		names[i] = v->items[i].name;
	qsort(names, v->n, sizeof(*names), compare_names);
	for (size_t i = 1; i < v->n; i++)
		if (str_eq(names[i - 1], names[i]))
			return stop(p, "a member stands there twice");
}

static void on_end(void *ctx, const xmlChar *name)
{
	struct parser *p = ctx;
	struct level *l = top(p);

	if (!l || p->err->code != VXE_OK)
		return;
	if (l->tag == TAG_SCALAR) {
		bool string = str_eq((const char *)name, "string");

		free(l->value->text);
		l->value->text = string ? xstrdup(str_text(&p->text)) : trimmed(str_text(&p->text));
		if (l->value->type == OVA_BOOL && !str_eq(l->value->text, "0") &&
			!str_eq(l->value->text, "1"))
			stop(p, "a boolean is neither 0 nor 1");
	} else if (l->tag == TAG_NAME)
		close_name(p);
	else if (l->tag == TAG_STRUCT)
		close_struct(p, l);
	else if (l->tag == TAG_VALUE && !l->typed)
		l->value->text = xstrdup(str_text(&p->text));
	else if (p->text.len && !is_blank(str_text(&p->text)))
		stop(p, "text beside an element");
	else if (l->tag == TAG_MEMBER && !l->done)
		stop(p, "a member without value");
	str_clear(&p->text);
	free(TAKE(l->name));
	p->depth--;
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
	struct parser *p = ctx;

	str_add_bytes(&p->text, (const char *)text, (size_t)n);
}

static void on_doctype(
	void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	stop(ctx, "a DOCTYPE has no place in it");
}

static void on_error(void *ctx, const char *fmt, ...)
{
	(void)ctx, (void)fmt; /* messages are dropped: the parser's last error is read at the end */
}

/* ----------------------------------------------------------------------------------------------- */

static const xmlSAXHandler handler = {
	.startElement = on_start,
	.endElement = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.internalSubset = on_doctype,
	.warning = on_error,
	.error = on_error,
	.fatalError = on_error,
};

static void push(struct parser *p, const char *text, size_t n, const struct xva_watch *watch)
{
	for (size_t at = 0; at <= n && p->err->code == VXE_OK; at += PIECE) {
		size_t piece = n - at < PIECE ? n - at : PIECE;

		if (watch && watch->tick(watch->ctx, XVA_WAITS, p->err) < 0)
			break;

		if (xmlParseChunk(p->xml, text + at, (int)piece, at + PIECE > n) != 0)
			break;
	}
}

static const char *verdict(const struct parser *p)
{
	const xmlError *e = xmlCtxtGetLastError(p->xml);

	if (!p->xml->wellFormed || p->depth || !p->root)
		return e && e->message ? e->message : "not well-formed";
	if (p->xml->encoding && strcasecmp((const char *)p->xml->encoding, "UTF-8") != 0 &&
		strcasecmp((const char *)p->xml->encoding, "US-ASCII") != 0)
		return "its encoding is not UTF-8";
	return NULL;
}

static void parser_clear(struct parser *p)
{
	for (size_t i = 0; i < p->depth; i++)
		free(p->stack[i].name);
	xmlFreeParserCtxt(p->xml);
	str_clear(&p->text);
	ova_free(p->root);
}

int ova_parse(const char *text, size_t n, const struct xva_watch *watch, struct ova **ret,
	struct vxe_error *err)
{
	xmlSAXHandler sax = handler;
	_cleanup_(parser_clear) struct parser p = { .err = err };

	if (memchr(text, '\0', n))
		return ova_fail(err, "ova.xml: a NUL byte");
	p.xml = xmlCreatePushParserCtxt(&sax, &p, NULL, 0, NULL);
	if (!p.xml)
		return vxe_fail_internal(err, "libxml2: cannot begin");
	(void)xmlCtxtUseOptions(p.xml, XML_PARSE_NONET | XML_PARSE_NOCDATA);
	push(&p, text, n, watch);
	if (err->code != VXE_OK)
		return -1;
	const char *why = verdict(&p);

	if (why)
		return ova_fail(err, "ova.xml: %.*s", (int)strcspn(why, "\n"), why);
	*ret = TAKE(p.root);
	return 0;
}
