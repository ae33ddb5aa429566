/* SPDX-License-Identifier: MIT */
/* The library of disks: what other rooms know of it. */
#pragma once

#include "objects/engine/op.h"

/* ---- the engine ------------------------------------------------------------------------------ */

/* Its questions (op_disks); objects/registry.c passes them on. */
extern const struct op_disks disk_answers;
