/* SPDX-License-Identifier: MIT */
/*
 * Lock sets: all locks of an operation, taken at once and in one order. Records come first, in UUID order, and these
 * requests may wait. Layers come next: a request for a shared lock may wait, one for an exclusive lock never does.
 * While a set is held, only locks on layers may be added and no lock is upgraded; for anything else the caller
 * releases all locks and begins again.
 */
#pragma once

#include "objects/session/session.h"

enum lock_kind {
	LOCK_RECORD, /* a VM, template or snapshot */
	LOCK_NODE,
};

struct lock_want {
	enum lock_kind kind;
	char *uuid;
	enum lease_mode mode;
	struct lease *lease; /* the lease file that is held; NULL while the lock is not held */
};

struct locks {
	size_t n;
	struct lock_want *items;
};

/*
 * Adds a request for a lock to the set; of two requests for the same lock the stronger mode counts. Only before
 * locks_take().
 */
void locks_add(struct locks *l, enum lock_kind kind, const char *uuid, enum lease_mode mode);
/*
 * Adds requests for shared locks on the layer and all layers below it. To read the content of layers, call
 * node_use_chain() instead.
 */
int locks_add_chain(
	struct locks *l, struct txn *t, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * Adds requests for the locks on layers that @want has and @held lacks, to be taken later. Returns false and adds
 * nothing if @held has locks on layers already, or if @want needs a record or a stronger lock.
 */
bool locks_add_nodes(struct locks *held, const struct locks *want);
/*
 * Takes all locks of the set that are not held yet, or none of them. While it waits it tells the user (ui.notice),
 * and asks a holder that merges layers to stop. Fails: VXE_BUSY if an exclusive lock on a layer is not free,
 * TASK_CANCELLED on ^C.
 */
int locks_take(struct session *s, struct locks *l, struct vxe_error *err) _must_check_;
/* As locks_take(), but fails with VXE_BUSY instead of waiting. */
int locks_try(struct session *s, struct locks *l, struct vxe_error *err) _must_check_;
/*
 * True if the error is VXE_BUSY because of a lock that another vxe will give back, and not because of a job in the
 * hypervisor.
 */
bool lock_was_held(const struct vxe_error *err);
/* True when @held has every lock of @want, in at least as strong a mode. */
bool locks_cover(const struct locks *held, const struct locks *want);
bool locks_has(const struct locks *held, const char *uuid);
/* True if the set holds the lock of this UUID in exclusive mode, so that nobody else can have it. */
bool locks_alone(const struct locks *held, const char *uuid);
/* Releases all locks of the set and empties it. */
void locks_clear(struct locks *l);
#define _cleanup_locks_ _cleanup_(locks_clear)
