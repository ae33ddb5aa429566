/* SPDX-License-Identifier: MIT */
/* The record class NODE of layers: the image files that hold the content of VDIs. No command shows these records. */
#include "objects/classes/storage/node.h"

#include "objects/base/uuid.h"
#include "objects/classes/storage/sr.h"
#include "objects/model/enums.h"

#define SECTOR 512
#define STR(m) AT_STRING(struct node, m)
#define INT(m) AT_INT(struct node, m)

static const struct field node_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_INTERNAL | F_COLUMN },
	{ "sr", "The SR that holds the file.", AT_REF(struct node, sr, CLASS_SR),
		.flags = F_INTERNAL | F_COLUMN | F_DISTINCT },
	{ "path", "The file, relative to the SR's directory.", STR(path),
		.flags = F_INTERNAL | F_COLUMN | F_FOUND | F_DISTINCT },
	{ "format", "Format of the image.", STR(format), .flags = F_INTERNAL },
	{ "origin", "Who made the file.", AT_ENUM(struct node, origin, &node_origin_table),
		.flags = F_INTERNAL },
	{ "kind", "What the content is.", AT_ENUM(struct node, kind, &node_kind_table),
		.flags = F_INTERNAL },
	{ "state", "Whether the content may change.",
		AT_ENUM(struct node, state, &node_state_table), .flags = F_INTERNAL | F_COLUMN },
	{ "parent", "The node below.", AT_REF(struct node, parent, CLASS_NODE),
		.flags = F_INTERNAL | F_COLUMN },
	{ "virtual_size", "Size that a guest sees, in bytes.", INT(virtual_size),
		.flags = F_SIZE | F_INTERNAL },
	{ "old_mode", "Mode of a frozen file before its write bits went.", INT(old_mode),
		.flags = F_INTERNAL },
	{ "fingerprint", "Of a frozen file: what tells whether it was changed since.",
		STR(fingerprint), .flags = F_INTERNAL },
	{ "beside", "Volumes without a known file when it was made.",
		AT_STRINGS(struct node, beside), .flags = F_INTERNAL },
	{ "overlays", "Others' images for which it has waited.", AT_STRINGS(struct node, overlays),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class node_class = {
	.name = "NODE",
	.size = sizeof(struct node),
	.fields = node_fields,
	.internal = true,
};

int64_t node_sectors(int64_t size)
{
	return (size + SECTOR - 1) / SECTOR * SECTOR;
}

struct node *image_node(const struct sr *sr, int64_t size)
{
	struct node *n = record_new(&node_class);

	n->r.uuid = uuid_new();
	n->sr = xstrdup(sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.qcow2", n->r.uuid);
	str_replace(&n->format, "qcow2");
	n->origin = NODE_MADE;
	n->kind = NODE_DISK;
	n->state = NODE_WRITABLE;
	n->virtual_size = node_sectors(size);
	return n;
}
