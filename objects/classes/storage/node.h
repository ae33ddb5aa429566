/* SPDX-License-Identifier: MIT */
/* NODE: a file (or device) with content, and at most one older node as backing file. Internal. */
#pragma once

#include "objects/model/record.h"

enum node_origin {
	NODE_MADE,	   /* by vxe: may be merged and removed */
	NODE_ADOPTED_LEAF, /* the user's own file: written; unlinked only by vdi-merge */
	NODE_ADOPTED_BASE, /* written, merged and deleted only by vdi-merge */
};
enum node_kind {
	NODE_DISK,
	NODE_MEMORY, /* of a guest: a suspend image */
	NODE_NVRAM,
	NODE_TPM,
	NODE_GUARD, /* on the disk of a Suspended VM; not a VDI's content: objects/domain/guard_overlay.h */
};
enum node_state {
	NODE_WRITABLE,
	NODE_FROZEN,  /* its content never changes again */
	NODE_MERGING, /* being merged with its only child: nobody's content */
	NODE_DOOMED,  /* no new user may name it */
};

struct node {
	struct record r;
	char *sr;
	char *path; /* the name in the SR's directory; of a device: below /dev */
	char *format;
	int origin; /* enum node_origin */
	int kind;   /* enum node_kind */
	int state;  /* enum node_state */
	char *parent;
	int64_t virtual_size; /* bytes */
	int64_t old_mode;     /* of a frozen file: the mode before freezing */
	char *fingerprint;    /* of a frozen file: node_fingerprint.h; "": none was taken yet */
};

RECORD_TYPE(node)

struct sr;
/* @size in bytes, rounded up to whole sectors. */
int64_t node_sectors(int64_t size);
/* The record of a new qcow2 file for a disk of @size bytes (rounded up to sectors) in @sr. */
struct node *image_node(const struct sr *sr, int64_t size) _must_check_;
