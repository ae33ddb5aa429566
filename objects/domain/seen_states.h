/* SPDX-License-Identifier: MIT */
/*
 * Which VMs of this host run, in their records, for the other hosts of a pool, which do not ask this host's libvirt. A
 * guest that stops by itself is noted when the next command of this host notes all.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Lists the domains anew, and writes into the records of this host's VMs their power states, where they differ. Does
 * nothing if the pool has no other host, or libvirt cannot be reached.
 */
int seen_states_note(struct session *s, struct vxe_error *err) _must_check_;
