/* SPDX-License-Identifier: MIT */
/* Finds or makes the SR of a file that is older than vxe. */
#pragma once

#include "objects/session/session.h"

/*
 * The SR for the file at @path; makes it if necessary. *rest is the path below the SR's directory.
 */
int adopt_sr(struct session *s, struct txn *t, const char *path, bool iso, char **sr, char **rest,
	struct vxe_error *err) _must_check_;
