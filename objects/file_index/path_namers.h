/* SPDX-License-Identifier: MIT */
/* The index read backwards: from a path to the entries that may name it. */
#pragma once

#include "objects/file_index/file_index.h"

/* The names in a folder are kept up to this number of different ones. */
#define NAMERS_FEW 8

struct name_folder {
	char *path; /* path with a slash at its end */
	size_t len;
	bool many;		     /* it has more names than @few holds */
	size_t n_few;		     /* all of its names, or the first ones: */
	char *few[NAMERS_FEW];	     /* their whole paths */
	uint64_t hashes[NAMERS_FEW]; /* hashes of those paths */
};

/* An entry that named the path. The entry may have been read again since, and name other paths now. */
struct namer {
	uint64_t hash; /* hash of a path */
	struct user *by;
};

struct namers {
	size_t n, room;
	struct namer *items;
	size_t n_folders;
	struct name_folder *folders; /* all folders in which paths are named */
	size_t recent[4];	     /* the folders of the names added last */
};

/* Adds the names of all entries that were read since the last call. */
void namers_update(struct namers *n, struct users_index *x);
void namers_clear(struct namers *n);
