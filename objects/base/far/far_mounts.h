/* SPDX-License-Identifier: MIT */
/*
 * Far mounts: those whose files a server or another process has (NFS, CIFS, FUSE, 9p ...). A system call on such a file
 * may hang for ever, and then not even SIGKILL ends it. The mounts are told apart by the kernel's list of mounts, which
 * touches none of them.
 */
#pragma once

#include "objects/base/str.h"

#include <sys/types.h>

struct far_mounts {
	size_t n;
	struct far_point {
		char *path; /* physical path of the mount point */
		char *dev;  /* "MAJOR:MINOR": the same for all mounts of one file system */
	} * items;
};
void far_mounts_clear(struct far_mounts *m);
/*
 * The far mounts in @text, the content of /proc/self/mountinfo. The root is none: if its server hangs, everything does; and
 * none in /proc, /sys and /dev is. A file system whose type is not known to be local is far.
 */
void far_mounts_parse(const char *text, struct far_mounts *ret);
/* Those of this process now; none if the list cannot be read. */
void far_mounts_read(struct far_mounts *ret);
/* The far mount whose mount point is @path; NULL: none is. */
const struct far_point *far_mounts_at(const struct far_mounts *m, const char *path);
/*
 * Follows the absolute path @path, and its last name, too, if that is a symbolic link and @follow is set. Returns the first
 * far mount on its way, which the kernel would have to ask for the rest; NULL: none. Touches no far mount. *physical (may
 * be NULL) gets the path without links, as far as it leads on near mounts; owned.
 */
const struct far_point *far_mounts_find(
	const struct far_mounts *m, const char *path, bool follow, char **physical);
/* Replaces octal escapes of the list of mounts, such as \040, by the characters that they stand for. */
void far_unescape(char *text);
