/* SPDX-License-Identifier: MIT */
/*
 * Tells cheaply of most names that they do not lead to the files that a question is about: the listing of
 * a folder in place of a stat of each name in it.
 */
#pragma once

#include "objects/file_index/folder_listing.h"

/* After so many questions about names in a folder the folder is listed. */
#define NAMES_ASKED_MAX 8

struct folder {
	char *path; /* path with a slash at its end; NULL: this place is free */
	char *last; /* the last name in the folder that was asked about: many definitions share a name */
	unsigned asked;
	bool listed;
	bool all;	 /* the listing cannot exclude any name */
	struct strv may; /* the names that may lead to wanted files, sorted */
};

/* Tells by listings of folders which names cannot lead to the wanted files. Valid for one question only. */
struct names {
	struct listings *listings;
	size_t n_files;
	const struct sign **files; /* the wanted files, each by dev and ino */
	bool all;		   /* no name can be excluded */
	struct strv mounted;	   /* names of mount points, without their folders, sorted */
	struct folder folders[16]; /* the folders used last, the latest first */
};

/*
 * @files: what the wanted files are; borrowed. @root: prefix of /proc, NULL: the real one. With @all
 * each name is asked for: a wanted file is missing, or is a device.
 */
void names_begin(struct names *n, struct listings *listings, const struct sign **files,
	size_t n_files, bool all, const char *root);
/* The folder with its listing; @path is @len characters long and ends in a slash. Valid until the next call. */
const struct folder *names_folder(struct names *n, const char *path, size_t len);
/* False: the name leads to none of the wanted files. True: the file has to be looked at. */
bool names_may(struct names *n, const char *name);
void names_clear(struct names *n);
#define _cleanup_names_ _cleanup_(names_clear)
