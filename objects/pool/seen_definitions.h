/* SPDX-License-Identifier: MIT */
/*
 * The definitions of this host's VMs, for the other hosts of a pool: if this host dies, one of them defines the domains
 * from these (objects/classes/vm/seen_definition.h).
 */
#pragma once

#include "objects/session/session.h"

/*
 * Notes the definitions of these VMs, which are at home on this host, that have changed since they were noted last; of many
 * only some, the next call notes others.
 */
int seen_definitions_note(
	struct session *s, const struct strv *vms, struct vxe_error *err) _must_check_;
/* What it asks first, for store_foresee(). */
struct store_question seen_definitions_question(const struct session *s);
