/* SPDX-License-Identifier: MIT */
/* The steps of vdi-flatten (vdi_flatten_op) and what its plan says for them; objects/storage/vdi_flatten.c makes the plan. */
#pragma once

#include "objects/engine/op.h"

#define FLATTEN_SOURCE "source"
#define FLATTEN_SOURCE_FORMAT "source-format"
#define FLATTEN_FROZEN "frozen"
#define FLATTEN_KEPT "kept"
#define FLATTEN_SPEED "speed"

extern const struct op_type vdi_flatten_op;
