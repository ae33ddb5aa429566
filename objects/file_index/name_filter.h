/* SPDX-License-Identifier: MIT */
/*
 * Tells cheaply of most names that they do not lead to the files that a question is about: the listing of
 * a folder in place of a stat of each name in it.
 */
#pragma once

#include "objects/file_index/folder_listing.h"

/* So many names in one folder are asked for before the folder is listed. */
#define NAMES_ASKED_MAX 8

struct folder {
	char *path; /* with its slash; NULL: none */
	char *last; /* the last name in it that was asked for: definitions share many names */
	unsigned asked;
	bool listed;
	bool all;	 /* the listing tells nothing */
	struct strv may; /* the entries that may be wanted files, sorted */
};

/* The names of one moment: it lives as long as one question. */
struct names {
	struct listings *listings;
	size_t n_files;
	const struct sign **files; /* the files that are wanted: dev and ino */
	bool all;		   /* no name can be left out */
	struct strv mounted;	   /* the last parts of mount points, sorted */
	struct folder folders[16]; /* the last ones, the latest first */
};

/*
 * @files: what the wanted files are; borrowed. @root: prefix of /proc, NULL: the real one. With @all
 * each name is asked for: a wanted file is missing, or is a device.
 */
void names_begin(struct names *n, struct listings *listings, const struct sign **files,
	size_t n_files, bool all, const char *root);
/* The folder, listed; @path has @len characters and ends in a slash. Valid until the next call. */
const struct folder *names_folder(struct names *n, const char *path, size_t len);
/* False: the name leads to none of the files. True: it has to be asked for. */
bool names_may(struct names *n, const char *name);
void names_clear(struct names *n);
#define _cleanup_names_ _cleanup_(names_clear)
