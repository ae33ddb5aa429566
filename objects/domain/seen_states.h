/* SPDX-License-Identifier: MIT */
/*
 * What this host sees of its VMs, in their records. Which of them run, and how they are called, for the other hosts of a pool,
 * which do not ask this host's libvirt: a guest that stops by itself is noted when the next command of this host notes all.
 * When guests were started or rebooted by other programs, for this host, too: libvirt forgets a start when the guest ends, and
 * a reboot at once.
 */
#pragma once

#include "objects/session/session.h"

/* The VMs of which this host's libvirt has a persistent domain, by UUID. */
struct seen_vms {
	struct strv here;  /* those whose home is this host */
	struct strv stale; /* the others: what is left of a VM that has another home, or none */
};
void seen_vms_clear(struct seen_vms *v);
#define _cleanup_seen_vms_ _cleanup_(seen_vms_clear)
/* Finds them; costs what the VMs of this host cost, not those of the pool. */
int seen_vms_find(struct session *s, struct txn *t, const struct hv_domains *domains,
	struct seen_vms *ret, struct vxe_error *err) _must_check_;

/*
 * Lists the domains anew, and writes into the records of this host's VMs their power states and names, where they differ. Does
 * nothing if the pool has no other host, or libvirt cannot be reached.
 */
int seen_states_note(struct session *s, struct seen_vms *seen, struct vxe_error *err) _must_check_;

/*
 * Puts the starts that a command has told (vm_get_start_time()) or was told by libvirt into the records of this host's VMs,
 * where they are later than what those have. Nothing in a dry run; a store that takes no writes stays as it is.
 */
void seen_starts_note(struct session *s);
