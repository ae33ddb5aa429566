/* SPDX-License-Identifier: MIT */
/* The index read backwards: which entries may name a path. */
#pragma once

#include "objects/file_index/file_index.h"

/* A folder with so many different names at most keeps them. */
#define NAMERS_FEW 8

struct name_folder {
	char *path; /* ends in a slash */
	size_t len;
	bool many;		     /* more than @few */
	size_t n_few;		     /* all of its names, or the first ones: */
	char *few[NAMERS_FEW];	     /* whole paths */
	uint64_t hashes[NAMERS_FEW]; /* of them */
};

/* The entry may have been read again since, and name other paths now. */
struct namer {
	uint64_t hash; /* of a path */
	struct user *by;
};

struct namers {
	size_t n, room;
	struct namer *items;
	size_t n_folders;
	struct name_folder *folders; /* all folders in which paths are named */
	size_t recent[4];	     /* the folders of the last names */
};

/* Adds what entries of the index name by now. */
void namers_update(struct namers *n, struct users_index *x);
void namers_clear(struct namers *n);
