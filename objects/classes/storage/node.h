/* SPDX-License-Identifier: MIT */
/*
 * NODE, an internal record: a layer, which is a file (or device) with disk content above at most one older layer, its
 * backing file.
 */
#pragma once

#include "objects/model/record.h"

enum node_origin {
	NODE_MADE, /* vxe made the file: vxe may merge and remove it */
	/* the user's own file, which a guest writes to; only vdi-merge removes it */
	NODE_ADOPTED_LEAF,
	/* the user's own backing file below an adopted image; only vdi-merge writes to it, merges and deletes it */
	NODE_ADOPTED_BASE,
};
enum node_kind {
	NODE_DISK,
	NODE_MEMORY, /* memory of a suspended guest */
	NODE_NVRAM,
	NODE_TPM,
	/*
	 * temporary overlay on a disk of a Suspended VM, not the content of a VDI: see objects/domain/guard_overlay.h
	 */
	NODE_GUARD,
};
enum node_state {
	NODE_WRITABLE,
	NODE_FROZEN, /* its content never changes again */
	/* the layer is being merged with its only child, and nobody may use its content */
	NODE_MERGING,
	NODE_DOOMED, /* the layer is about to be removed: no object may begin to use it */
};

struct node {
	struct record r;
	char *sr;
	/* file of the layer: its name in the SR's directory, or an absolute path, as of a device below /dev */
	char *path;
	char *format;
	int origin; /* enum node_origin */
	int kind;   /* enum node_kind */
	int state;  /* enum node_state */
	char *parent;
	int64_t virtual_size; /* in bytes */
	int64_t old_mode;     /* mode of a frozen file before vxe took its write bits */
	/* fingerprint of a frozen file, see node_fingerprint.h; "": not taken yet */
	char *fingerprint;
	/*
	 * volumes (as volumes_lacking()) whose files nobody knew when vxe made the layer, which was there after them: they do
	 * not need it
	 */
	struct strv beside;
	/* paths of others' overlays for which the layer has waited: objects/disks/kept_overlays.h */
	struct strv overlays;
};

RECORD_TYPE(node)

struct sr;
/* Rounds @size up to whole sectors, in bytes. */
int64_t node_sectors(int64_t size);
/* Makes the record of a new qcow2 layer in @sr for a disk of @size bytes, rounded up to whole sectors. Owned. */
struct node *image_node(const struct sr *sr, int64_t size) _must_check_;
