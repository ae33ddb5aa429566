/* SPDX-License-Identifier: MIT */
/* The index read backwards: which entries name a path. */
#pragma once

#include "objects/users/users_index.h"

struct namer {
	struct user *by;
	uint32_t next; /* another one; 0: none */
};

/* The named paths in one folder. */
struct name_folder {
	char *path; /* ends in a slash */
	size_t len;
	size_t n, room;
	struct user **items; /* the entries of the paths */
};

struct namers {
	size_t n, room;
	struct namer *items; /* from 1 */
	size_t n_folders;
	struct name_folder *folders;
	size_t last; /* the folder of the last name */
};

/*
 * Adds what entries of the index name by now. Names that an entry had before stay: it has to be asked
 * whether it still names the path.
 */
void namers_update(struct namers *n, struct users_index *x);
void namers_clear(struct namers *n);
