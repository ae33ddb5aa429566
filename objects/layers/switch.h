/* SPDX-License-Identifier: MIT */
/* The steps by which disks go on in fresh layers, of a running domain or of a halted one. */
#pragma once

#include "objects/engine/op.h"

/* Takes write bits before the definition; only of a VM that does not run. */
int step_freeze_halted(struct op *op, struct vxe_error *err);
/* The commit point: the running guest's switch, with its memory where the plan has an image; or the
 * definition of a halted one. */
int step_switch(struct op *op, struct vxe_error *err);
int step_switch_back(struct op *op, struct vxe_error *err);
/* What was switched away from loses its write bits, and what others have left below it. */
int step_freeze_switched(struct op *op, struct vxe_error *err);
int step_redefine(struct op *op, struct vxe_error *err);
