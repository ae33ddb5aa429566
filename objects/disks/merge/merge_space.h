/* SPDX-License-Identifier: MIT */
/* The space that merges need. It is asked for before they begin, and when they are shown beforehand. */
#pragma once

#include "objects/disks/disk_plan.h"

/* The bytes by which the file of @to grows when @from is merged into it; -1: the tables of the images do not tell. */
int64_t merge_needs(const struct tree_node *from, const struct tree_node *to);
/* What is missing for that: "N bytes are needed and M bytes are free in DIR"; NULL: nothing, or it is not known. Owned. */
char *merge_space_lack(const struct tree_node *from, const struct tree_node *to);
/*
 * Holds back the layers of merges that would not find the space that they need, with that as the reason, when the actions
 * run in this order. True: some were, so the tree is to be planned again.
 */
bool merge_space_mark(struct tree *t, const struct disk_actions *a);
