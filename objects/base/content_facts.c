/* SPDX-License-Identifier: MIT */
#include "objects/base/content_facts.h"

void content_header_clear(struct content_header *h)
{
	free(h->backing);
	free(h->backing_path);
	free(h->backing_format);
	free(h->data_file);
	*h = (struct content_header){ 0 };
}

void content_snapshots_clear(struct content_snapshots *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i].name);
		free(s->items[i].key);
		free(s->items[i].option);
	}
	free(s->items);
	*s = (struct content_snapshots){ 0 };
}

void content_name_clear(struct content_name *n)
{
	free(n->text);
	free(n->protocol);
	free(n->name);
	free(n->socket);
	*n = (struct content_name){ 0 };
}
