/* SPDX-License-Identifier: MIT */
/*
 * The definitions of this host's VMs, for the other hosts of a pool: if this host dies, one of them defines the domains
 * from these (objects/classes/vm/seen_definition.h).
 */
#pragma once

#include "objects/session/session.h"

/*
 * Notes the definitions of these VMs, which are at home on this host, that have changed since they were noted last; of many
 * only some, the next call notes others. *all_noted: there was nothing to note or to drop, and will not be unless something changes.
 */
int seen_definitions_note(struct session *s, const struct strv *vms, bool *all_noted,
	struct vxe_error *err) _must_check_;
/* A word for libvirt's file of the domain's definition; owned, "" if there is no such file. */
char *definition_word(const struct session *s, const struct hv_domain *d);
/* What it asks first, for store_foresee(). */
struct store_question seen_definitions_question(const struct session *s);
