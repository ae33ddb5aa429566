/* SPDX-License-Identifier: MIT */
/*
 * Finds out cheaply that most paths do not lead to the files that a question is about: by one listing of a folder, in
 * place of a stat() of each name in it.
 */
#pragma once

#include "objects/file_index/folder_listing.h"

/* A folder is listed once so many questions about names in it have been asked. */
#define NAMES_ASKED_MAX 8

struct folder {
	char *path; /* path of the folder, with a slash at its end; NULL: this entry is free */
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
 * Begins a question about paths that may lead to the files @files (borrowed). @root: prefix of /proc; NULL: the real
 * one. @all: no path can be excluded, because a wanted file is missing, or is a device.
 */
void names_begin(struct names *n, struct listings *listings, const struct sign **files,
	size_t n_files, bool all, const char *root);
/* The folder with its listing; @path is @len characters long and ends in a slash. Valid until the next call. */
const struct folder *names_folder(struct names *n, const char *path, size_t len);
/* False if the path @name leads to none of the wanted files; true if it may, so that the caller has to stat() it. */
bool names_may(struct names *n, const char *name);
void names_clear(struct names *n);
#define _cleanup_names_ _cleanup_(names_clear)
