/* SPDX-License-Identifier: MIT */
/* Where a store may live: directories of a local file system. */
#pragma once

#include "objects/base/error.h"

/*
 * Makes @dir ready for a store: it exists (made, 0700, with its parents, if @create) and is on no
 * network file system. Fails: VXE_STORE_UNUSABLE, with nothing made.
 */
int place_prepare(const char *dir, bool create, struct vxe_error *err) _must_check_;

/* mkdir -p with mode 0700 for what is missing; -1 and errno. */
int place_make_dir(const char *dir) _must_check_;

/*
 * The name of the network file system that statfs type @type and (for FUSE, whose statfs type says
 * nothing) mount type @mount_type mean; NULL: a local one.
 */
const char *place_remote_name(long type, const char *mount_type);
