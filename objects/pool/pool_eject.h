/* SPDX-License-Identifier: MIT */
/* A host leaves its pool and has records of its own again. */
#pragma once

#include "objects/session/session.h"

/*
 * Moves the records of this session's host (objects/pool/pool_leave.h) from the store of the pool to the host's own one;
 * of the last host all records. objects/start/own_records.h says which are the true ones meanwhile: the commit point is
 * the transaction after which the pool does not have the host any more. A dry run shows what would be moved, changes
 * nothing and ends with VXE_PLANNED. Fails: HOST_OFFLINE if @host is another one, VXE_NOT_IN_POOL, VXE_TIED_TO_POOL,
 * VXE_BUSY while an operation runs in the pool.
 */
int pool_eject(struct session *s, const char *host, struct vxe_error *err) _must_check_;
