/* SPDX-License-Identifier: MIT */
#include "backends/libvirt/xml/domain_xml_layers.h"

#include "backends/libvirt/xml/domain_xml_source.h"

static bool is_encrypted(const xmlNode *node)
{
	return tree_find(node, "encryption") || tree_find(node, "source/encryption");
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
		l->source = domain_xml_source(layer, &l->path);
		l->format = tree_get(layer, "format@type");
		_cleanup_free_ char *host = tree_get(layer, "source/host@name");
		_cleanup_free_ char *port = tree_get(layer, "source/host@port");

		l->server = host && port ? xasprintf("%s:%s", host, port) : TAKE(host);
		l->encrypted = is_encrypted(layer);
		l->partial = tree_find(layer, "source/slices") || tree_find(layer, "source/auth");
		d->opaque |= l->encrypted || l->partial;
	}
}
