/* SPDX-License-Identifier: MIT */
/*
 * The marker of an SR: a file .vxe-sr with the SR's UUID in its directory, by which an empty mount
 * point is told from the SR that should be mounted there.
 */
#pragma once

#include "objects/base/error.h"

#define SR_MARK ".vxe-sr"

/* The UUID that the directory is marked with; NULL with return 0 when it has no (valid) marker. */
int sr_mark_read(const char *dir, char **ret, struct vxe_error *err) _must_check_;
/*
 * Makes the directory (0711) with what is missing above it, and marks it with @uuid. One that is
 * marked already keeps its marker; *ret is the UUID that holds. Fails: VXE_IMAGE_FAILED.
 */
int sr_mark_make(const char *dir, const char *uuid, char **ret, struct vxe_error *err) _must_check_;
