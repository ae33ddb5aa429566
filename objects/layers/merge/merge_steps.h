/* SPDX-License-Identifier: MIT */
/* The two operations that merge a pair of layers. */
#pragma once

#include "objects/engine/op.h"

extern const struct op_type coalesce_commit_op, coalesce_pull_op;
