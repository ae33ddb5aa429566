/* SPDX-License-Identifier: MIT */
/* vdi-chain-list: the layers of a disk as people see them. */
#pragma once

#include "objects/session/session.h"

struct chain_layer {
	char *vdi; /* the VDI that the layer is the content of: a disk, a snapshot of one, or a base copy */
	char *file; /* absolute path; "": unknown */
	char *format;
	/* values of enum node_origin and enum node_state as words; "": vxe does not manage the layer */
	const char *origin, *state;
	int64_t virtual_size; /* in bytes */
	/* bytes that the file takes on the storage; -1: the file is missing or its size cannot be read */
	int64_t allocated;
	size_t depth;	   /* number of layers from this one down to the lowest of the chain */
	struct strv users; /* users of the layer, as "VM web (UUID)"; empty: only the layer above */
};

struct vdi_chain {
	size_t n;
	struct chain_layer *items; /* layers; the one that is written to comes first */
};
void vdi_chain_clear(struct vdi_chain *c);
#define _cleanup_vdi_chain_ _cleanup_(vdi_chain_clear)

/*
 * Reads the layers of a disk with their users. A user of a layer would lose data without it, and reads the chain from
 * this layer downwards: a VM, snapshot or template whose disk is the layer, or branches off from it; a disk that no VM
 * has; a domain or an image that vxe has no record of. If vxe cannot search for such domains and images, it tells the
 * user (ui.notice).
 */
int vdi_chain_read(struct session *s, const char *vdi, struct vdi_chain *ret,
	struct vxe_error *err) _must_check_;
