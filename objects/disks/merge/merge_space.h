/* SPDX-License-Identifier: MIT */
/* The disk space that merges of layers need: it is checked before a merge begins, and when merges are only shown. */
#pragma once

#include "objects/disks/disk_plan.h"

/* The bytes by which the file of the layer @to grows when the layer @from is merged into it; -1: unknown. */
int64_t merge_needs(const struct tree_node *from, const struct tree_node *to);
/*
 * What disk space is missing for merging the layer @from into @to: "N bytes are needed and M bytes are free in DIR";
 * NULL: none, or it is not known. Owned.
 */
char *merge_space_lack(const struct tree_node *from, const struct tree_node *to);
/*
 * Finds merges that would lack disk space when the actions run in this order, and makes their layers wait, with that
 * as the reason. True: there was one, so the tree is to be planned again.
 */
bool merge_space_mark(struct tree *t, const struct disk_actions *a);
