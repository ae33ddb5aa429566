/* SPDX-License-Identifier: MIT */
#include "backends/libvirt/xml/domain_xml_layers.h"

#include "backends/libvirt/xml/domain_xml_source.h"

static bool is_encrypted(const xmlNode *node)
{
	return tree_find(node, "encryption") || tree_find(node, "source/encryption");
}

static char *read_server(const xmlNode *node)
{
	_cleanup_free_ char *host = tree_get(node, "source/host@name");
	_cleanup_free_ char *port = tree_get(node, "source/host@port");

	return host && port ? xasprintf("%s:%s", host, port) : TAKE(host);
}

static void read_layer(const xmlNode *node, struct spec_layer *l)
{
	l->source = domain_xml_source(node, &l->path);
	l->format = tree_get(node, "format@type");
	l->server = read_server(node);
	l->encrypted = is_encrypted(node);
	l->partial = tree_find(node, "source/slices") || tree_find(node, "source/auth");
}

void domain_xml_read_below(const xmlNode *node, struct spec_disk *d)
{
	const xmlNode *layer = tree_child(node, "backingStore");

	d->encrypted = is_encrypted(node);
	d->opaque = d->encrypted || tree_find(node, "source/slices");
	for (; layer; layer = tree_next(layer, "backingStore")) {
		d->below = xrealloc(d->below, d->n_below + 1, sizeof(*d->below));
		struct spec_layer *l = &d->below[d->n_below++];

		*l = (struct spec_layer){ 0 };
		read_layer(layer, l);
		d->opaque |= l->encrypted || l->partial;
	}
}
