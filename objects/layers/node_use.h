/* SPDX-License-Identifier: MIT */
/* What has to hold before a layer is read or built on. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/engine/plan.h"

/*
 * For whoever reads the node's content or builds on it: shared locks on its whole chain. Fails:
 * VXE_LAYER_CHANGED(file, found) when a frozen layer of it is not what it was when it was frozen, or
 * when a domain, other than the plan's own halted one, has it as a disk that is written to. With
 * force=true that is said (ui.notice). Layers without a fingerprint get one with the plan's result.
 */
int node_use_chain(struct session *s, struct txn *t, const char *uuid, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * The same for whoever puts a layer on it. A disk that is written to goes on as it is, and is frozen
 * as it is, whatever happened below: there nothing is compared.
 */
int node_build_on(struct session *s, struct txn *t, const struct node *base, struct plan *p,
	struct vxe_error *err) _must_check_;
