/* SPDX-License-Identifier: MIT */
/* NODE, a layer: a file (or device) with content, above at most one older layer, its backing file. Internal. */
#pragma once

#include "objects/model/record.h"

enum node_origin {
	NODE_MADE,	   /* vxe made the file: vxe may merge and remove it */
	NODE_ADOPTED_LEAF, /* the user's own file, which a guest writes to; only vdi-merge removes it */
	/* the user's own file below one; only vdi-merge writes to it, merges and deletes it */
	NODE_ADOPTED_BASE,
};
enum node_kind {
	NODE_DISK,
	NODE_MEMORY, /* memory of a suspended guest */
	NODE_NVRAM,
	NODE_TPM,
	/* overlay on the disk of a Suspended VM, no content of a VDI: objects/domain/guard_overlay.h */
	NODE_GUARD,
};
enum node_state {
	NODE_WRITABLE,
	NODE_FROZEN,  /* its content never changes again */
	NODE_MERGING, /* it is being merged with its only child, so its content counts for nobody */
	NODE_DOOMED,  /* it is to be removed: no object may begin to use it */
};

struct node {
	struct record r;
	char *sr;
	char *path; /* its name in the SR's directory; of a device the path below /dev */
	char *format;
	int origin; /* enum node_origin */
	int kind;   /* enum node_kind */
	int state;  /* enum node_state */
	char *parent;
	int64_t virtual_size; /* in bytes */
	int64_t old_mode;     /* of a frozen file: its mode before it was frozen */
	char *fingerprint;    /* of a frozen file: see node_fingerprint.h; "": none was taken yet */
};

RECORD_TYPE(node)

struct sr;
/* The sectors that @size bytes take; a part of a sector counts as a whole. */
int64_t node_sectors(int64_t size);
/* The record of a new qcow2 file for a disk of @size bytes (rounded up to sectors) in @sr. */
struct node *image_node(const struct sr *sr, int64_t size) _must_check_;
