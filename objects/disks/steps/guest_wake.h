/* SPDX-License-Identifier: MIT */
/* The step functions that let a paused guest go on; disks.h says what each does. */
#pragma once

#include "objects/disks/disks.h"

int step_unpause(struct op *op, struct vxe_error *err);
int step_wake(struct op *op, struct vxe_error *err);
