/* SPDX-License-Identifier: MIT */
/*
 * Data from or to a pipe of the caller's go through an unnamed file, because qemu-img needs to seek. Failures:
 * VXE_IMAGE_FAILED, TASK_CANCELLED.
 */
#pragma once

#include "objects/base/error.h"

#include <stdbool.h>

/* An unnamed file in the directory; it disappears when its last descriptor is closed. */
int pour_scratch(const char *dir, struct vxe_error *err) _must_check_;
/* Copies everything from @from to @to; with @sparse, zeros become holes. */
int pour(int from, int to, bool sparse, bool (*cancelled)(void *ctx), void *ctx,
	struct vxe_error *err) _must_check_;
