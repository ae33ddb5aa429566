/* SPDX-License-Identifier: MIT */
/*
 * qemu-img needs files in which it can seek, so data from or to a caller's pipe go through a file without a name.
 * Failures: VXE_IMAGE_FAILED, TASK_CANCELLED.
 */
#pragma once

#include "objects/base/error.h"

#include <stdbool.h>

/* A file without a name in the directory; it vanishes when its last descriptor is closed. */
int pour_scratch(const char *dir, struct vxe_error *err) _must_check_;
/* Copies all of @from to @to; with @sparse, blocks of zeros become holes. */
int pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err) _must_check_;
