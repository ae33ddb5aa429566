/* SPDX-License-Identifier: MIT */
/* Moves a VDI to another layer, and changes the definitions of other domains that name its file. */
#pragma once

#include "objects/disks/disks.h"

/* The halted domains, other than the plan's own, whose definitions step_define_others() patches (PLAN_OTHERS). */
void plan_domains(const struct plan *p, struct strv *ret);
/* Makes the plan's disks in the inactive definition use their new (or old) files; removes <backingStore>. */
int domain_move_disks(
	struct op *op, const char *uuid, bool forward, struct vxe_error *err) _must_check_;
/* Plan member: halted domains, other than the plan's own, whose definitions step_define_others() patches. */
extern const struct plan_member other_domains_members[];
/* Replaces old_path by new_path in all other domains that vdi_move() has put into the plan. */
int step_define_others(struct op *op, struct vxe_error *err);
