/* SPDX-License-Identifier: MIT */
/*
 * A domain's XML as a tree. "domain_tree flat FILE" writes a line per element and attribute, so that two
 * documents can be compared whatever their spelling is. "domain_tree prepare FILE FOLDER NAME" writes a
 * document of another name and without UUID and emulator, whose files and block devices are images in
 * FOLDER; these are named on the error stream, "PATH FORMAT" in each line.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_called(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *child(xmlNode *node, const char *name)
{
	xmlNode *n = node ? node->children : NULL;

	while (n && !is_called(n, name))
		n = n->next;
	return n;
}

static void put(xmlNode *node, const char *attribute, const char *value)
{
	xmlSetProp(node, (const xmlChar *)attribute, (const xmlChar *)value);
}

/* Borrowed until the next call. */
static const char *get(xmlNode *node, const char *attribute)
{
	static char text[256];
	xmlChar *value = node ? xmlGetProp(node, (const xmlChar *)attribute) : NULL;

	snprintf(text, sizeof(text), "%s", value ? (const char *)value : "");
	xmlFree(value);
	return text;
}

/* ---- flat ------------------------------------------------------------------------------------ */

static int place_of(const xmlNode *node)
{
	int n = 1;

	for (const xmlNode *o = node->prev; o; o = o->prev)
		n += is_called(o, (const char *)node->name);
	return n;
}

static void flat(xmlNode *node, const char *above)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s[%d]", above, (const char *)node->name, place_of(node));
	puts(path);
	for (const xmlAttr *a = node->properties; a; a = a->next)
		printf("%s@%s=%s\n", path, (const char *)a->name,
			a->children ? (const char *)a->children->content : "");
	for (xmlNode *n = node->children; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE)
			flat(n, path);
		else if (n->type == XML_TEXT_NODE && !xmlIsBlankNode(n))
			printf("%s=%s\n", path, (const char *)n->content);
	}
}

/* ---- prepare --------------------------------------------------------------------------------- */

static void drop(xmlNode *node)
{
	if (!node)
		return;
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

/* Only what has a file or device now; its format is that which the driver says. */
static void give_image(xmlNode *disk, const char *folder, const char *name)
{
	xmlNode *source = child(disk, "source"), *driver = child(disk, "driver");
	bool block = strcmp(get(disk, "type"), "block") == 0;
	char path[4096], format[64], target[64];

	if (!source || (!block && strcmp(get(disk, "type"), "file") != 0) ||
		!*get(source, block ? "dev" : "file"))
		return;
	snprintf(target, sizeof(target), "%s", get(child(disk, "target"), "dev"));
	snprintf(format, sizeof(format), "%s", get(driver, "type"));
	snprintf(path, sizeof(path), "%s/%s-%s.img", folder, name, target);
	put(disk, "type", "file");
	xmlUnsetProp(source, (const xmlChar *)"dev");
	put(source, "file", path);
	drop(child(disk, "backingStore"));
	fprintf(stderr, "%s %s\n", path, *format ? format : "raw");
}

static void prepare(xmlNode *domain, const char *folder, const char *name)
{
	xmlNode *devices = child(domain, "devices"), *title = child(domain, "name");

	drop(child(domain, "uuid"));
	if (title)
		xmlNodeSetContent(title, (const xmlChar *)name);
	drop(child(devices, "emulator"));
	for (xmlNode *n = devices ? devices->children : NULL; n; n = n->next)
		if (is_called(n, "disk"))
			give_image(n, folder, name);
}

int main(int argc, char **argv)
{
	bool flatten = argc == 3 && strcmp(argv[1], "flat") == 0;

	if (!flatten && !(argc == 5 && strcmp(argv[1], "prepare") == 0)) {
		fprintf(stderr, "usage: domain_tree flat FILE | prepare FILE FOLDER NAME\n");
		return 2;
	}
	xmlDoc *doc = xmlReadFile(argv[2], NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	if (!root || !is_called(root, "domain"))
		return 1;
	if (flatten) {
		flat(root, "");
	} else {
		prepare(root, argv[3], argv[4]);
		xmlDocDump(stdout, doc);
	}
	xmlFreeDoc(doc);
	return 0;
}
