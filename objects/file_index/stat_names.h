/* SPDX-License-Identifier: MIT */
/* Calls fstatat() for all names in a folder; many names are shared out to as many threads as there are processors. */
#pragma once

#include "objects/file_index/folder_listing.h"

/*
 * The results of fstatat(), one for each name of the listing, in its order. @dir: the open folder; @flags: flags of
 * fstatat(). A folder on a far mount has been looked at when it was listed, with AT_SYMLINK_NOFOLLOW. Owned.
 */
struct stated *stat_names(int dir, const struct listing *l, int flags);
