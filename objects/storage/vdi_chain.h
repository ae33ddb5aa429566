/* SPDX-License-Identifier: MIT */
/* The layers of a disk, as people see them: vdi-chain-list. */
#pragma once

#include "objects/session/session.h"

struct chain_layer {
	char *vdi;  /* whose content it is: a disk, a snapshot of one, or a base copy */
	char *file; /* absolute path; "": unknown */
	char *format;
	const char *origin,
		*state; /* the words of enum node_origin and node_state; "": not a layer of vxe's */
	int64_t virtual_size; /* bytes */
	int64_t allocated;    /* bytes on the storage; -1: the file is missing or cannot be asked */
	size_t depth;	      /* the layers from here down, this one among them */
	struct strv users;    /* "VM web (UUID)"; empty: only the layer above */
};

struct vdi_chain {
	size_t n;
	struct chain_layer *items; /* the leaf first */
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
