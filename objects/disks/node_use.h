/* SPDX-License-Identifier: MIT */
/* Checks that are made before the content of a layer is read, or a new layer is put on it. */
#pragma once

#include "objects/disks/disks.h"

/*
 * Checks and locks a chain as node_use_chain() does, for callers that put a layer on @base. If a guest writes to @base,
 * that disk is continued, and frozen, as it is, whatever has changed below: then nothing is compared.
 */
int node_build_on(struct session *s, struct txn *t, const struct node *base, struct plan *p,
	struct vxe_error *err) _must_check_;
