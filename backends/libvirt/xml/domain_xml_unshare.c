/* SPDX-License-Identifier: MIT */
/*
 * Makes a second machine from the XML of a first one. Both may run at the same time, so things that
 * only one machine of a host can have are renamed with the machine, or left to libvirt to choose.
 */
#include "backends/libvirt/xml/domain_xml.h"

#include "objects/base/uuid.h"

#include <ctype.h>
#include <string.h>

#define SOCKET_PATH_MAX 107 /* longest path of a socket */

struct rename {
	const char *from, *to; /* old and new name of the machine */
};

/* ---- names in paths -------------------------------------------------------------------------- */

static bool is_edge(char c)
{
	return !isalnum((unsigned char)c);
}

/* The position of @name as a word in the last part of the path; NULL: the last part does not have it. */
static const char *find_word(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	size_t n = strlen(name);

	for (const char *at = last; n && (at = strstr(at, name)); at++)
		if ((at == last || is_edge(at[-1])) && is_edge(at[n]))
			return at;
	return NULL;
}

/* The path with the machine's new name in place of the old one, owned; NULL: the path does not have the old name. */
static char *renamed(const struct rename *r, const char *path)
{
	const char *at = find_word(path, r->from);

	return at ? xasprintf("%.*s%s%s", (int)(at - path), path, r->to, at + strlen(r->from))
		  : NULL;
}

/*
 * Renames the file or socket in the attribute at @path after the new machine; true if there is no such attribute, or
 * it now has the new name.
 */
static bool rename_path(const struct rename *r, xmlNode *node, const char *path, size_t limit)
{
	_cleanup_free_ char *have = tree_get(node, path);
	_cleanup_free_ char *now = have ? renamed(r, have) : NULL;

	if (!have)
		return true;
	if (!now || strlen(now) > limit)
		return false;
	tree_set(node, path, now);
	return true;
}

/* ---- devices --------------------------------------------------------------------------------- */

/*
 * True if a character device of this type has a file or socket of its own, which only one machine may have. libvirt
 * takes care of devices of the host (dev, pty).
 */
static bool has_own_file(const char *type)
{
	return str_eq(type, "unix") || str_eq(type, "file") || str_eq(type, "pipe");
}

/* True if the machine connects to a service with this character device: both machines may use a service. */
static bool is_service(const xmlNode *node)
{
	const xmlNode *source = tree_find(node, "source");
	bool connects = source != NULL;

	for (; source && connects; source = tree_next(source, "source")) {
		_cleanup_free_ char *mode = tree_get(source, "@mode");

		connects = str_eq(mode, "connect");
	}
	return connects;
}

static void drop_source(xmlNode *node)
{
	xmlNode *source;

	while ((source = tree_find(node, "source"))) /* UDP has two sources */
		tree_remove(source);
	tree_remove(tree_find(node, "protocol"));
	tree_set(node, "@type", "pty");
}

/*
 * Renames the file or socket of a character device after the new machine. Makes the device a pty if QEMU listens on
 * a port, or if the file's name does not contain the old machine's.
 */
static void unshare_chardev(const struct rename *r, xmlNode *node)
{
	_cleanup_free_ char *type = tree_get(node, "@type");

	if (!rename_path(r, node, "log@file", SIZE_MAX))
		tree_remove(tree_find(node, "log"));
	if (is_service(node))
		return;
	if (has_own_file(type)) {
		if (!rename_path(r, node, "source@path",
			    str_eq(type, "unix") ? SOCKET_PATH_MAX : SIZE_MAX))
			drop_source(node);
	} else if (str_eq(type, "tcp") || str_eq(type, "udp")) {
		drop_source(node);
	}
}

/*
 * The path of a socket or file of the new machine: of "/run/fwd.sock" makes "/run/NAME-fwd.sock", which users find
 * beside the first machine's.
 */
static char *own_path(const struct rename *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	_cleanup_free_ char *name = xstrdup(r->to);

	for (char *c = name; *c; c++)
		if (*c == '/')
			*c = '_';
	return xasprintf("%.*s%s-%s", (int)(last - path), path, name, last);
}

/*
 * Renames the socket or file of a channel after the new machine. For a channel with a name in the guest, libvirt
 * makes up a socket if the document has none. A channel with an address in the guest (guestfwd) needs a path, and so
 * does a file.
 */
static void unshare_channel(const struct rename *r, xmlNode *node)
{
	_cleanup_free_ char *type = tree_get(node, "@type");
	_cleanup_free_ char *target = tree_get(node, "target@type");
	_cleanup_free_ char *path = tree_get(node, "source@path");
	bool needs_path = !str_eq(type, "unix") || str_eq(target, "guestfwd");

	if (!rename_path(r, node, "log@file", SIZE_MAX))
		tree_remove(tree_find(node, "log"));
	if (!path || !has_own_file(type) || is_service(node))
		return;
	if (str_eq(type, "pipe") && !str_eq(target, "guestfwd")) {
		drop_source(node); /* nobody would make that pipe */
		return;
	}
	if (rename_path(r, node, "source@path", needs_path ? SIZE_MAX : SOCKET_PATH_MAX))
		return;
	_cleanup_free_ char *own = needs_path ? own_path(r, path) : NULL;

	tree_set(node, "source@path", own);
}

static void unshare_graphics(const struct rename *r, xmlNode *node)
{
	static const char *const ports[] = { "@port", "@tlsPort", "@websocket" };

	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		tree_set(node, ports[i], NULL);
	if (!rename_path(r, node, "@socket", SOCKET_PATH_MAX))
		tree_set(node, "@socket", NULL);
	for (xmlNode *l = tree_child(node, "listen"); l; l = tree_next(l, "listen"))
		if (!rename_path(r, l, "@socket", SOCKET_PATH_MAX))
			tree_set(l, "@socket", NULL);
	_cleanup_free_ char *type = tree_get(node, "@type");
	if (str_eq(type, "vnc") || str_eq(type, "spice"))
		tree_set(node, "@autoport", "yes");
}

static void unshare_card(const struct rename *r, xmlNode *node)
{
	(void)r;
	tree_remove(tree_find(node, "target"));
}

static void unshare_vsock(const struct rename *r, xmlNode *node)
{
	(void)r;
	tree_set(node, "cid@address", NULL);
	tree_set(node, "cid@auto", "yes");
}

/* first hexadecimal digits of a WWN, which tell its kind, and who has assigned it */
#define WWN_MAKER 7
#define WWN_REST 9

/*
 * Changes the world wide name (WWN) of a disk: multipath takes two disks with the same name for one. The serial
 * stays, because guests find disks by it.
 */
static void unshare_disk(const struct rename *r, xmlNode *node)
{
	_cleanup_free_ char *wwn = tree_get(node, "wwn");
	_cleanup_free_ char *random = uuid_new();
	size_t n = 0;

	(void)r;
	if (!wwn || strlen(wwn) != WWN_MAKER + WWN_REST)
		return;
	for (const char *c = random; n < WWN_REST; c++)
		if (*c != '-')
			wwn[WWN_MAKER + n++] = *c;
	tree_set(node, "wwn", wwn);
}

static const struct {
	const char *element;
	void (*unshare)(const struct rename *r, xmlNode *node);
} devices[] = {
	{ "serial", unshare_chardev },
	{ "parallel", unshare_chardev },
	{ "console", unshare_chardev },
	{ "channel", unshare_channel },
	{ "graphics", unshare_graphics },
	{ "interface", unshare_card },
	{ "vsock", unshare_vsock },
	{ "disk", unshare_disk },
};

/* Refuses a channel's socket with too long a path, and names the path; libvirt's own error does not. */
static int check_sockets(const xmlNode *root, struct vxe_error *err)
{
	const xmlNode *node = tree_find(root, "devices/channel");

	for (; node; node = tree_next(node, "channel")) {
		_cleanup_free_ char *type = tree_get(node, "@type");
		_cleanup_free_ char *path = tree_get(node, "source@path");

		if (!str_eq(type, "unix") || !path || strlen(path) <= SOCKET_PATH_MAX)
			continue;
		_cleanup_free_ char *why = xasprintf(
			"the channel's socket would be %s, and no socket's name has more than %d "
			"bytes; a shorter name for the new VM, or for the socket, helps",
			path, SOCKET_PATH_MAX);
		return vxe_fail(err, OPERATION_NOT_ALLOWED, why);
	}
	return 0;
}

/* ---- identities ------------------------------------------------------------------------------ */

/*
 * Removes UUID and serial number of the machine from the SMBIOS data: libvirt refuses a UUID that is not the
 * domain's.
 */
static void drop_smbios_uuid(xmlNode *root)
{
	xmlNode *entry = tree_find(root, "sysinfo/system/entry");

	while (entry) {
		xmlNode *next = tree_next(entry, "entry");
		_cleanup_free_ char *name = tree_get(entry, "@name");

		if (str_eq(name, "uuid") || str_eq(name, "serial"))
			tree_remove(entry);
		entry = next;
	}
}

int domain_xml_unshare(const char *xml, const char *name, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	if (!doc)
		return -1;
	xmlNode *root = tree_root(doc);
	_cleanup_free_ char *old = tree_get(root, "name");
	const struct rename r = { old ? old : "", name };

	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		xmlNode *list = tree_find(root, "devices");
		xmlNode *node = list ? tree_child(list, devices[i].element) : NULL;

		for (; node; node = tree_next(node, devices[i].element))
			devices[i].unshare(&r, node);
	}
	if (check_sockets(root, err) < 0)
		return -1;
	drop_smbios_uuid(root);
	if (tree_find(root, "genid")) /* libvirt fills in an empty one */
		tree_set_inner(tree_find(root, "genid"), NULL);
	*ret = tree_dump(doc);
	return 0;
}
