/* SPDX-License-Identifier: MIT */
/*
 * Lock sets: everything that an operation needs, taken at once and in one order. Records first, by
 * UUID, these may wait; then nodes, where a shared request may wait and an exclusive one never
 * does. While a set is held only nodes may be added to records; nothing is upgraded: who needs
 * that releases and begins again.
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
	struct lease *lease; /* NULL until held */
};

struct locks {
	size_t n;
	struct lock_want *items;
};

/* Asks for a lock; asked twice, the stronger mode counts. Only before locks_take(). */
void locks_add(struct locks *l, enum lock_kind kind, const char *uuid, enum lease_mode mode);
/*
 * Adds the nodes that @want has and @held lacks, still to be taken. False, and nothing added, when
 * @held has nodes already, or when @want needs a record or a stronger lock.
 */
bool locks_add_nodes(struct locks *held, const struct locks *want);
/*
 * Takes what is not held yet, all or none of the set. Who waits says so (ui.notice) and asks a coalescing holder to stop. Fails:
 * VXE_BUSY for an exclusive node, TASK_CANCELLED on ^C.
 */
int locks_take(struct session *s, struct locks *l, struct vxe_error *err) _must_check_;
/* The same, but never waits: VXE_BUSY. */
int locks_try(struct session *s, struct locks *l, struct vxe_error *err) _must_check_;
/* True when @held has every lock of @want, at least as strong. */
bool locks_cover(const struct locks *held, const struct locks *want);
bool locks_has(const struct locks *held, const char *uuid);
/* True when the set has this lock, and nobody else can. */
bool locks_alone(const struct locks *held, const char *uuid);
/* Gives up what is held and forgets the wishes. */
void locks_clear(struct locks *l);
#define _cleanup_locks_ _cleanup_(locks_clear)
