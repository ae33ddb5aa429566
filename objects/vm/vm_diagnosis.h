/* SPDX-License-Identifier: MIT */
/* What keeps a VM from starting, or from starting on another host: as sentences. */
#pragma once

#include "objects/session/session.h"

/* NULL: nothing. Owned. */
int vm_start_obstacle(
	struct session *s, const char *vm, char **ret, struct vxe_error *err) _must_check_;
/* The same for any host of a pool: storage that only this one has. */
int vm_move_obstacle(
	struct session *s, const char *vm, char **ret, struct vxe_error *err) _must_check_;
