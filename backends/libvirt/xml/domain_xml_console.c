/* SPDX-License-Identifier: MIT */
/* Reads the screens and serial lines in a domain's XML. */
#include <string.h>

#include "backends/libvirt/xml/domain_xml.h"

static void add_spec_console(struct domain_spec *s, const char *kind, char *location)
{
	s->consoles = xrealloc(s->consoles, s->n_consoles + 1, sizeof(*s->consoles));
	s->consoles[s->n_consoles++] =
		(struct spec_console){ xstrdup(kind), location ? location : xstrdup("") };
}

/* The address of a screen, "vnc://127.0.0.1:5900"; a definition has no port yet. */
static char *screen_location(const xmlNode *node, const char *type)
{
	_cleanup_free_ char *port = tree_get(node, "@port"), *socket = tree_get(node, "@socket");
	_cleanup_free_ char *listen = tree_get(node, "@listen");
	_cleanup_free_ char *address = tree_get(node, "listen@address");
	const char *host = listen ? listen : address ? address : "127.0.0.1";
	bool v6 = strchr(host, ':') != NULL;

	if (socket)
		return xasprintf("%s+unix://%s", type, socket);
	if (!port || *port == '-')
		return NULL;
	return xasprintf("%s://%s%s%s:%s", type, v6 ? "[" : "", host, v6 ? "]" : "", port);
}

static char *serial_location(const xmlNode *node)
{
	_cleanup_free_ char *host = tree_get(node, "source@host");
	_cleanup_free_ char *service = tree_get(node, "source@service");
	char *path = tree_get(node, "source@path");

	if (path || !host || !service)
		return path;
	return xasprintf("tcp://%s:%s", host, service);
}

void domain_xml_read_consoles(const xmlNode *root, struct domain_spec *s)
{
	const xmlNode *node = tree_find(root, "devices/graphics");

	for (; node; node = tree_next(node, "graphics")) {
		_cleanup_free_ char *type = tree_get(node, "@type");

		if (str_eq(type, "vnc") || str_eq(type, "spice"))
			add_spec_console(s, type, screen_location(node, type));
	}
	node = tree_find(root, "devices/serial");
	for (; node; node = tree_next(node, "serial"))
		add_spec_console(s, "serial", serial_location(node));
}
