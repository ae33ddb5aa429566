/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/check/finding.h"
#include "objects/session/session.h"

/*
 * Runs all checks of `vxe check`, after recovering operations that died (unless @read_only). Returns 0 also if there
 * are findings.
 */
int check_all(struct session *s, bool read_only, struct findings *ret,
	struct vxe_error *err) _must_check_;
