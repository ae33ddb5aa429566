/* SPDX-License-Identifier: MIT */
/* Moves a VDI to another layer, and changes the definitions of other domains that name its file. */
#pragma once

#include "objects/disks/disks.h"

/*
 * *ret: UUIDs of the halted domains in the plan, other than the plan's own, whose definitions step_define_others()
 * patches.
 */
void plan_domains(const struct plan *p, struct strv *ret);
/*
 * Makes the disks in the domain's inactive definition use the new files of the plan's disks (or, without @forward, the
 * old ones); removes <backingStore>.
 */
int domain_move_disks(
	struct op *op, const char *uuid, bool forward, struct vxe_error *err) _must_check_;
/*
 * The plan member (PLAN_OTHERS) with the halted domains, other than the plan's own, whose definitions
 * step_define_others() patches.
 */
extern const struct plan_member other_domains_members[];
/*
 * The step that replaces old_path by new_path in the definitions of all other domains that vdi_move() has put into the
 * plan.
 */
int step_define_others(struct op *op, struct vxe_error *err);
