/* SPDX-License-Identifier: MIT */
/*
 * Listings of folders. A large folder is read once in a command; an inotify watch tells which names have come or gone
 * since. A small folder, and one that cannot be watched (a network file system, no watches left), is read each time.
 */
#pragma once

#include "objects/file_index/file_index.h"

/* The result of a stat. */
struct stated {
	int error; /* errno of the stat; 0: @st holds its result */
	struct stat st;
};

struct listed {
	uint32_t name; /* position of the name in listing.names */
	/* the name is a file, a folder or a socket, so that @ino identifies what is there */
	bool plain;
	bool folder; /* it is a folder */
	int64_t ino;
	struct user *user; /* the file's entry in the index of files; NULL: not known yet */
};

struct listing {
	char *path; /* path of the folder, without a slash at its end */
	int64_t dev, ino;
	int times; /* how reliably the folder's times show a change: enum file_times */
	/* the inode numbers in @items are those that stat() gives (on an overlayfs they may differ) */
	bool told;
	/* inotify's number of the folder's watch; -1: none, or the names are out of date */
	int wd;
	struct str names;
	size_t n, room;
	struct listed *items;
	/* of a folder on a far mount: what lstat() has said of each name, in the order of @items */
	struct stated *stated;
};

struct listings {
	/* folders whose st_size is at least so many bytes are watched, see session_config */
	int64_t watched_from;
	bool tried;
	/* inotify's descriptor, valid once @tried is set; -1: inotify does not work here */
	int fd;
	size_t n;
	struct listing **items;
};

static inline const char *listed_name(const struct listing *l, const struct listed *e)
{
	return l->names.data + e->name;
}

/*
 * The listing of the folder as it is now; @path has @len characters and may end in slashes. NULL with errno: the
 * folder cannot be read. Valid until the next call.
 */
struct listing *listings_get(struct listings *l, const char *path, size_t len);
/*
 * Removes the inotify watches of all listings, and returns inotify's descriptor for the caller to close later: the
 * kernel ends watches in the background, in some 10 ms, and a close() would wait for that. -1: there is nothing to
 * close.
 */
int listings_unwatch(struct listings *l);
void listings_clear(struct listings *l);
