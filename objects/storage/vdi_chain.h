/* SPDX-License-Identifier: MIT */
/* vdi-chain-list: the layers of a disk as people see them. */
#pragma once

#include "objects/session/session.h"

struct chain_layer {
	char *vdi; /* the VDI that the layer is the content of: a disk, a snapshot of one, or a base copy */
	char *file; /* absolute path; "": unknown */
	char *format;
	const char *origin,
		*state; /* words of enum node_origin and node_state; "": the layer is not vxe's */
	int64_t virtual_size; /* in bytes */
	int64_t allocated; /* bytes that it takes of the storage; -1: the file is missing or cannot be asked */
	size_t depth;	   /* number of layers from this one down to the lowest */
	struct strv users; /* texts "VM web (UUID)"; empty: only the layer above uses it */
};

struct vdi_chain {
	size_t n;
	struct chain_layer *items; /* the layer that is written to comes first */
};
void vdi_chain_clear(struct vdi_chain *c);
#define _cleanup_vdi_chain_ _cleanup_(vdi_chain_clear)

/*
 * A user of a layer is what would lose data without it and enters the chain there: a VM, snapshot or
 * template whose disk it is, or whose disk branches off there; a disk that no VM has; a domain or an image
 * that vxe has no record of. When these cannot be looked for, that is reported (ui.notice).
 */
int vdi_chain_read(struct session *s, const char *vdi, struct vdi_chain *ret,
	struct vxe_error *err) _must_check_;
