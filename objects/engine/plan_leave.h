/* SPDX-License-Identifier: MIT */
/*
 * Files that an operation leaves or freezes, and in which its planner has found no internal snapshot. virsh may make one
 * until the operation commits: it would be lost with the file, or would endanger it.
 */
#pragma once

#include "objects/engine/plan.h"

void plan_leave(struct plan *p, const char *path);
/*
 * Looks again, as late as possible before the commit point; the engine does that, and a job before its pivot. VXE_TRY_AGAIN:
 * there is one now, about which the next plan decides.
 */
int plan_look_again(const struct plan *p, struct vxe_error *err) _must_check_;
