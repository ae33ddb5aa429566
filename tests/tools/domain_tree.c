/* SPDX-License-Identifier: MIT */
/*
 * A domain's XML as a tree. "domain_tree flat FILE" writes a line per element and attribute, so
 * that two documents can be compared in spite of different spelling. Elements with the same name
 * are distinguished by their position, those of a table (<entry name='x'>) by their name attribute.
 *
 * "domain_tree prepare FILE FOLDER NAME EMULATORS" writes the document in a form that this machine
 * can define. The domain is called NAME, has no UUID, and
 *
 *	- the emulator is EMULATORS/qemu-system-ARCH if that exists, else libvirt's choice;
 *	- a guest of another hypervisor (hvf, test), or of KVM on another processor, is emulated;
 *	- a disk's file or block device is an image in FOLDER: "image PATH FORMAT" on the error stream;
 *	- a volume lies in a pool of that name, which is FOLDER/POOL: "volume POOL VOLUME FORMAT";
 *	- a LUN stays a block device, as libvirt wants it.
 *
 * Everything else is unchanged, even if it does not exist here: no such domain is ever started.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Prints the text as one line. */
static void put_text(const char *path, const char *text)
{
	printf("%s=", path);
	for (; *text; text++)
		putchar(*text == '\n' ? ' ' : *text);
	putchar('\n');
}

static void flat(xmlNode *node, const char *above)
{
	const char *name = is_called(node, "entry") ? get(node, "name") : "";
	char path[4096];

	if (*name)
		snprintf(path, sizeof(path), "%s/entry[%s]", above, name);
	else
		snprintf(path, sizeof(path), "%s/%s[%d]", above, (const char *)node->name,
			place_of(node));
	puts(path);
	for (const xmlAttr *a = node->properties; a; a = a->next)
		printf("%s@%s=%s\n", path, (const char *)a->name,
			a->children ? (const char *)a->children->content : "");
	for (xmlNode *n = node->children; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE)
			flat(n, path);
		else if (n->type == XML_TEXT_NODE && !xmlIsBlankNode(n))
			put_text(path, (const char *)n->content);
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

/*
 * A disk without a file or device stays without; the format is the one that the driver element
 * names.
 */
static void give_image(
	xmlNode *disk, xmlNode *source, const char *folder, const char *name, const char *format)
{
	bool block = strcmp(get(disk, "type"), "block") == 0;
	char path[4096], target[64];

	if (!*get(source, block ? "dev" : "file") || strcmp(get(disk, "device"), "lun") == 0)
		return;
	snprintf(target, sizeof(target), "%.63s", get(child(disk, "target"), "dev"));
	snprintf(path, sizeof(path), "%s/%s-%s.img", folder, name, target);
	put(disk, "type", "file");
	xmlUnsetProp(source, (const xmlChar *)"dev");
	put(source, "file", path);
	drop(child(disk, "backingStore"));
	fprintf(stderr, "image %s %s\n", path, format);
}

/* Words of libvirt are short; a longer one is cut. */
static void put_word(char to[64], const char *word, const char *otherwise)
{
	snprintf(to, 64, "%.63s", *word ? word : otherwise);
}

static void give_disk(xmlNode *disk, const char *folder, const char *name)
{
	xmlNode *source = child(disk, "source");
	char format[64], type[64];

	put_word(format, get(child(disk, "driver"), "type"), "raw");
	put_word(type, get(disk, "type"), "file");
	if (source && (strcmp(type, "file") == 0 || strcmp(type, "block") == 0)) {
		give_image(disk, source, folder, name, format);
	} else if (source && strcmp(type, "volume") == 0) {
		fprintf(stderr, "volume %s ", get(source, "pool"));
		fprintf(stderr, "%s %s\n", get(source, "volume"), format);
	}
}

/* libvirt's names of processors that QEMU calls otherwise. */
static const char *const qemu_names[][2] = {
	{ "i686", "i386" },
	{ "armv7l", "arm" },
	{ "armv6l", "arm" },
	{ "ppc64le", "ppc64" },
};

static const char *arch_of(xmlNode *domain)
{
	return get(child(child(domain, "os"), "type"), "arch");
}

static bool is_x86(xmlNode *domain)
{
	const char *arch = arch_of(domain);

	return !*arch || strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0;
}

static void give_emulator(xmlNode *domain, xmlNode *devices, const char *folder)
{
	const char *arch = arch_of(domain);
	char path[4096];

	for (size_t i = 0; i < sizeof(qemu_names) / sizeof(*qemu_names); i++)
		if (strcmp(arch, qemu_names[i][0]) == 0)
			arch = qemu_names[i][1];
	snprintf(path, sizeof(path), "%s/qemu-system-%s", folder, arch);
	drop(child(devices, "emulator"));
	if (devices && access(path, X_OK) == 0)
		xmlNewChild(devices, NULL, (const xmlChar *)"emulator", (const xmlChar *)path);
}

static void prepare(xmlNode *domain, const char *folder, const char *name, const char *emulators)
{
	xmlNode *devices = child(domain, "devices"), *title = child(domain, "name");

	drop(child(domain, "uuid"));
	if (title)
		xmlNodeSetContent(title, (const xmlChar *)name);
	if (!is_x86(domain) || strcmp(get(domain, "type"), "kvm") != 0)
		put(domain, "type", "qemu");
	give_emulator(domain, devices, emulators);
	for (xmlNode *n = devices ? devices->children : NULL; n; n = n->next)
		if (is_called(n, "disk"))
			give_disk(n, folder, name);
}

int main(int argc, char **argv)
{
	bool flatten = argc == 3 && strcmp(argv[1], "flat") == 0;

	if (!flatten && !(argc == 6 && strcmp(argv[1], "prepare") == 0)) {
		fprintf(stderr,
			"usage: domain_tree flat FILE | prepare FILE FOLDER NAME EMULATORS\n");
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
		prepare(root, argv[3], argv[4], argv[5]);
		xmlDocDump(stdout, doc);
	}
	xmlFreeDoc(doc);
	return 0;
}
