/* SPDX-License-Identifier: MIT */
/* Finds or makes the SR of a file that was made without vxe. */
#pragma once

#include "objects/session/session.h"

/*
 * *sr: the SR for the file at @path, which is made if necessary. *rest is the file's path below the SR's directory.
 */
int adopt_sr(struct session *s, struct txn *t, const char *path, bool iso, char **sr, char **rest,
	struct vxe_error *err) _must_check_;
