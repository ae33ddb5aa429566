/* SPDX-License-Identifier: MIT */
/*
 * Moves a host's records from its own store to the store of a pool. objects/start/own_records.h says which of the two are
 * the true ones: one transaction brings all records to the pool's store, and nobody writes to the own one meanwhile. So
 * a command that is killed has moved all records or none.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Makes a pool of this host in the empty store at @where, the URI of a database: copies all records but those of
 * operations in progress. The pool and the host keep their UUIDs. A dry run shows what would be copied, changes nothing
 * and ends with VXE_PLANNED. Fails: VXE_IN_POOL if the records are in a database already, VXE_POOL_EXISTS if the
 * database has a pool, VXE_BUSY while an operation runs, VXE_STORE_UNUSABLE.
 */
int pool_init(struct session *s, const char *where, struct vxe_error *err) _must_check_;
/*
 * Brings this host and its records into the pool in the store at @where (objects/pool/pool_merge.h); *pool is the pool's
 * UUID, owned. Dry runs and errors as of pool_init(), but VXE_NO_POOL if the database has no pool, and VXE_UUID_IN_POOL.
 */
int pool_join(
	struct session *s, const char *where, char **pool, struct vxe_error *err) _must_check_;
