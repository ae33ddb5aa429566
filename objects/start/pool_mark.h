/* SPDX-License-Identifier: MIT */
/*
 * The mark of a host whose records were moved to the store of a pool: a file "pool" in the folder of the host's own
 * store, of which only its user can read anything. Its two lines are the URI of the pool's store and the host's UUID.
 * It means nothing as long as the host's own store says that its own records are the true ones.
 */
#pragma once

#include "objects/session/session.h"

/* Reads the mark in the folder @dir of a store whose records were moved. Fails with VXE_STORE_UNUSABLE. */
int pool_mark_read(const char *dir, struct pool_mark *ret, struct vxe_error *err) _must_check_;
/* Writes the mark completely or not at all, and syncs it. Fails with VXE_STORE_UNUSABLE. */
int pool_mark_write(
	const char *dir, const char *store, const char *host, struct vxe_error *err) _must_check_;
