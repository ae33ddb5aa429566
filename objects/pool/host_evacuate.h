/* SPDX-License-Identifier: MIT */
/* host-evacuate: the running VMs of this host go to other hosts of the pool (objects/vm/vm_migrate.h). */
#pragma once

#include "objects/session/session.h"

/* VMs, and the host to which each goes. */
struct moves {
	struct strv vms, hosts;
	struct strv staying,
		reasons; /* VMs without a place, and why: CODE,PARAMETER,... as xe says it */
	struct strv
		said; /* why no host can have them: a sentence for each of these VMs and hosts */
};
void moves_clear(struct moves *m);
#define _cleanup_moves_ _cleanup_(moves_clear)

/*
 * Chooses a host for each VM that runs on this one, also for a paused one: of the hosts that are enabled and
 * to which it may go, the one that its affinity names, else the one that has most memory left when those
 * before it have come. @network as in struct vm_migrate_args. If a VM has none, *ret says for each such VM
 * why no host can have it, and the call fails with the first reason: VM_REQUIRES_SR, VM_REQUIRES_NETWORK,
 * HOST_NOT_ENOUGH_FREE_MEMORY(needed, available), NO_HOSTS_AVAILABLE if no other host is enabled, and what vm_migrate() fails with.
 */
int moves_choose(struct session *s, const char *network, struct moves *ret,
	struct vxe_error *err) _must_check_;
