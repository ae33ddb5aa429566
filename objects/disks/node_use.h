/* SPDX-License-Identifier: MIT */
/* Checks before a layer is read or built on. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/engine/plan.h"

/*
 * For callers that read the node's content or build on it: asks for shared locks on its whole
 * chain. Fails with VXE_LAYER_WRITTEN(file, domain) when a domain, other than the plan's own halted one, has a frozen
 * layer as a writable disk, and else with VXE_LAYER_CHANGED(file, found) when one has changed since it was frozen. With
 * force=true only reports that (ui.notice). Layers without a fingerprint get one with the plan's
 * result.
 */
int node_use_chain(struct session *s, struct txn *t, const char *uuid, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * The same for callers that put a layer on it. A disk that a guest writes to is continued, and
 * frozen, as it is, whatever has changed below: then nothing is compared.
 */
int node_build_on(struct session *s, struct txn *t, const struct node *base, struct plan *p,
	struct vxe_error *err) _must_check_;
