/* SPDX-License-Identifier: MIT */
/* The steps that copy whole disks. */
#pragma once

#include "objects/engine/op.h"

/* Copies each disk of the plan that has a source (old_path) and no backing file. The next function undoes it. */
int step_copy_disks(struct op *op, struct vxe_error *err);
int step_remove_copies(struct op *op, struct vxe_error *err);
