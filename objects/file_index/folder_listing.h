/* SPDX-License-Identifier: MIT */
/*
 * The names in folders. A large folder is read once in a command; a watch on it tells which names have come or gone
 * since. A small one, and one that no watch tells about (a network's file system, no watches left), is read each time.
 */
#pragma once

#include "objects/file_index/file_index.h"

struct listed {
	uint32_t name; /* position of the name in listing.names */
	bool plain;    /* it is a file, a folder or a socket, so that @ino says what is there */
	int64_t ino;
	struct user *user; /* its entry in the index; NULL: not known yet */
};

struct listing {
	char *path; /* path of the folder, without a slash at its end */
	int64_t dev, ino;
	int times; /* how exact the times are: enum file_times */
	bool told; /* @ino of its entries is the number that stat gives for the file */
	int wd;	   /* inotify's number of its watch; -1: none, or the names are out of date */
	struct str names;
	size_t n, room;
	struct listed *items;
};

struct listings {
	int64_t watched_from; /* the folder is watched from this many names on, see session_config */
	bool tried;
	int fd; /* inotify's descriptor once it was tried; -1: it does not work here */
	size_t n;
	struct listing **items;
};

static inline const char *listed_name(const struct listing *l, const struct listed *e)
{
	return l->names.data + e->name;
}

/*
 * The folder as it is now; @path has @len characters and may end in slashes. NULL with errno: it cannot be read.
 * Valid until the next call.
 */
struct listing *listings_get(struct listings *l, const char *path, size_t len);
/*
 * Removes the watches. The kernel ends them in the background, in some 10 ms, and a close() meanwhile waits for that: so
 * the caller closes the result later. -1: there is nothing to close.
 */
int listings_unwatch(struct listings *l);
void listings_clear(struct listings *l);
