/* SPDX-License-Identifier: MIT */
/* Checks and makes the directory of a store, which has to be on a local file system. */
#pragma once

#include "objects/base/error.h"

/*
 * Makes @dir ready for a store: it exists (with @create it is made, 0700, with its parents) and is
 * not on a network file system. Fails with VXE_STORE_UNUSABLE, having made nothing.
 */
int place_prepare(const char *dir, bool create, struct vxe_error *err) _must_check_;

/* Makes the directory and its missing parents with mode 0700; returns -1 with errno on failure. */
int place_make_dir(const char *dir) _must_check_;

/*
 * The files in which a host notes what it has seen of the database @where (store/postgresql/pg_seen.c): the one in @lock_dir, and
 * the one that outlives a boot, which the host of a pool has in its folder @keep_dir (else NULL). Owned.
 */
char *place_seen(const char *lock_dir, const char *keep_dir, const char *where)
	__attribute__((returns_nonnull));
char *place_seen_kept(const char *keep_dir);
/* The host of the folder @keep_dir comes to another pool: removes both. */
void place_seen_forget(const char *lock_dir, const char *keep_dir);

/*
 * The name of the network file system with statfs type @type, or, for FUSE, whose statfs type is
 * always the same, with mount type @mount_type; NULL: a local file system.
 */
const char *place_remote_name(long type, const char *mount_type);
