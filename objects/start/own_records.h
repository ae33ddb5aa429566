/* SPDX-License-Identifier: MIT */
/*
 * Whose records are true, those in a host's own store or those in the store of a pool. The own store says so (the field
 * move of its pool's record), but for the time in which a command moves them (POOL_MOVING): then the pool's store knows,
 * because all records get there, or leave it, in one transaction. The lease "pool-move" belongs to the mover. If it was
 * killed, the next command that opens the own store asks the pool's, and notes the answer in the own one.
 */
#pragma once

#include "objects/session/session.h"

#define MOVE_LEASE "pool-move"

/* Writes to a host's own store whether its records are the true ones: "" or POOL_AWAY. */
int own_records_note(struct store *own, const char *move, struct vxe_error *err) _must_check_;
/*
 * Asks the store that the mark in @dir, beside the host's own store @own, names whether it has the records of this host (*away), and
 * notes the answer in the own one. The caller has the lease. Fails with VXE_STORE_UNUSABLE if it cannot be asked.
 */
int own_records_settle(const struct session_config *c, const char *dir, struct store *own,
	bool *away, struct vxe_error *err) _must_check_;
