/* SPDX-License-Identifier: MIT */
/* How many bytes a plan for a tree of layers frees. */
#pragma once

#include "objects/disks/disk_plan.h"

/*
 * The space of the files that the actions remove, less that by which the files grow that take over their content: by the
 * tables of the images, or if these do not tell, by all that can be added. Bytes; nothing is searched or locked.
 */
int64_t actions_free(const struct tree *t, const struct disk_actions *a);
