/* SPDX-License-Identifier: MIT */
/* The reasons why a VM cannot start, or cannot start on another host, as sentences. */
#pragma once

#include "objects/session/session.h"

/* NULL: no reason. Owned. */
int vm_start_obstacle(
	struct session *s, const char *vm, char **ret, struct vxe_error *err) _must_check_;
/* The same for any host of a pool: storage that only this host has. */
int vm_move_obstacle(
	struct session *s, const char *vm, char **ret, struct vxe_error *err) _must_check_;
