/* SPDX-License-Identifier: MIT */
/* Checks that are made before a layer is read or built on. */
#pragma once

#include "objects/disks/disks.h"

/*
 * As node_use_chain(), for callers that put a layer on @base. A disk that a guest writes to is continued, and
 * frozen, as it is, whatever has changed below: then nothing is compared.
 */
int node_build_on(struct session *s, struct txn *t, const struct node *base, struct plan *p,
	struct vxe_error *err) _must_check_;
