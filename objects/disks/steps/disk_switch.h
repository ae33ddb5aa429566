/* SPDX-License-Identifier: MIT */
/* The steps that move disks to new layers, of a running or a halted domain. */
#pragma once

#include "objects/disks/disks.h"

extern const struct plan_member switch_members[];
/* Takes write bits before the new definition, and only if the VM does not run. */
int step_freeze_halted(struct op *op, struct vxe_error *err);
/* The commit point: the running guest's switch, with its memory if the plan has an image; or the
 * definition of a halted guest. */
int step_switch(struct op *op, struct vxe_error *err);
int step_switch_back(struct op *op, struct vxe_error *err);
/* Takes the write bits of the old layers, and of other programs' layers below them. */
int step_freeze_switched(struct op *op, struct vxe_error *err);
int step_redefine(struct op *op, struct vxe_error *err);
/* For then=halt: ends the guest, unless step_switch() has ended it. */
int step_halt(struct op *op, struct vxe_error *err);
