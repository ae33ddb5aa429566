/* SPDX-License-Identifier: MIT */
/* The operations that merge a pair of layers: vdi-merge is a coalesce-commit that the user asks for. */
#pragma once

#include "objects/engine/op.h"

extern const struct op_type coalesce_commit_op, coalesce_pull_op, vdi_merge_op;
