/* SPDX-License-Identifier: MIT */
/* How many bytes a plan for a tree of layers frees. */
#pragma once

#include "objects/disks/disk_plan.h"

/*
 * The bytes of disk space that the actions free: the space of the files that they remove, less that by which the
 * files grow that take over their content. The growth is computed from the tables of the images, or, if that is not
 * possible, is all that can be added. Nothing is searched or locked.
 */
int64_t actions_free(const struct tree *t, const struct disk_actions *a);
