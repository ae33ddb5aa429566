/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/layers/coalesce.h"

/* Recovers every intent whose owner is dead, merges and removes what nothing needs. @sr NULL: all. */
int sr_coalesce(struct session *s, const char *sr, struct coalesce_result *ret,
	struct vxe_error *err) _must_check_;
