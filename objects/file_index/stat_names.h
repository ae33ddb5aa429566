/* SPDX-License-Identifier: MIT */
/* What stat says of all names in a folder, by as many threads as there are processors when the names are many. */
#pragma once

#include "objects/file_index/folder_listing.h"

struct stated {
	int error; /* errno of the stat; 0: @st holds its result */
	struct stat st;
};

/* One for each name of the listing, in its order. @dir: the open folder; @flags: of fstatat(). Owned. */
struct stated *stat_names(int dir, const struct listing *l, int flags);
