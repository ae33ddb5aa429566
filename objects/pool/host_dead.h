/* SPDX-License-Identifier: MIT */
/*
 * host-declare-dead: a person, or what cuts the power of hosts, says that a host of the pool has died and that its guests do
 * not run. Then its VMs have no home, and each host that has their storage may take them (objects/vm/vm_from_dead.h).
 */
#pragma once

#include "objects/session/session.h"

/* What a command does about a host that is silent. */
struct at_silence {
	const char *command;
	int (*show)(void *ctx, struct vxe_error *err) _must_check_; /* a dry run */
	int (*write)(struct txn *t, void *ctx, struct vxe_error *err) _must_check_;
};

/*
 * Waits until nothing was heard of the host for somewhat longer than the time between two heartbeats, then writes all in one
 * transaction. Fails: HOST_IS_LIVE if it is heard meanwhile, or is this one; UUID_INVALID; TASK_CANCELLED; VXE_PLANNED after a
 * dry run.
 */
int host_if_silent(struct session *s, const char *host, const struct at_silence *what, void *ctx,
	struct vxe_error *err) _must_check_;
/* Fails as host_if_silent(). A host that is dead already stays so. */
int host_declare_dead(struct session *s, const char *host, struct vxe_error *err) _must_check_;
/* Called by a host that is up: notes that it is not dead, if it was declared so. */
int host_is_back(struct session *s, struct vxe_error *err) _must_check_;
