/* SPDX-License-Identifier: MIT */
/* The index of files read backwards: from a path to the entries whose files may name that path. */
#pragma once

#include "objects/file_index/file_index.h"

/* So many different paths that are named in one folder are kept; of more, the others are dropped. */
#define NAMERS_FEW 8

struct name_folder {
	char *path; /* path with a slash at its end */
	size_t len;
	bool many; /* more paths in the folder are named than @few holds */
	/* number of paths in @few: all that are named in the folder, or the first ones */
	size_t n_few;
	char *few[NAMERS_FEW];	     /* their whole paths */
	uint64_t hashes[NAMERS_FEW]; /* hashes of those paths */
};

/*
 * An entry of the index whose file named a path. The file may have been read again since, and name other paths now.
 */
struct namer {
	uint64_t hash; /* hash of a path */
	struct user *by;
};

struct namers {
	size_t n, room;
	struct namer *items;
	size_t n_folders;
	struct name_folder *folders; /* all folders of the paths that files name */
	size_t recent[4];	     /* indexes of the folders whose paths were added last */
};

/* Adds the paths that the files of all entries name that were read since the last call. */
void namers_update(struct namers *n, struct users_index *x);
void namers_clear(struct namers *n);
