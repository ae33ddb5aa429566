/* SPDX-License-Identifier: MIT */
/*
 * Records that are older than a VM's suspension (a restored dump, a copied or a new store): nothing on record says that
 * the guest has memory, so a start would boot it without a word.
 */
#pragma once

#include "objects/session/session.h"

/*
 * A layer of the VM, which is off and has the definition @spec, has just come on record. If its layers are the guards of a
 * suspended VM whose memory is there, the VM's start is blocked, with the ways to go on.
 */
int memory_left(struct session *s, struct txn *t, const struct domain_spec *spec,
	struct vxe_error *err) _must_check_;
