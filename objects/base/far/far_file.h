/* SPDX-License-Identifier: MIT */
/*
 * The door to files that lie on any mount. On a near one (a disk of this machine) each function is the system call of its
 * name. Files on a far mount (far_mounts.h) are looked at by a child, one for each far mount, because a system call there may
 * hang for ever: vxe itself waits for the child's answers, 3 s at most for all far mounts of a command together, and ends at
 * once after a signal. A mount that has not answered in time is silent: whatever is asked of it fails with EHOSTDOWN, at once.
 * Its child stays, as nothing can end it, holds nothing of vxe's, and ends when the mount goes on. Until then other commands
 * know the mount as silent, too, and start no second child for it.
 *
 * Whoever looks at files that are not of the object on which the command acts does it by these functions. vxe itself, and its
 * children such as qemu-img, touch files on a far mount (to write them, to lock them) only after far_answers().
 *
 * A mount that has answered may hang later, in the middle of a system call of vxe's own. So the watch (call_watch.h) has it
 * asked again and again; while it does not answer, its folder is named, and a signal ends the process.
 *
 * There is one such door per process. On a machine without far mounts it costs reading the list of mounts, once.
 */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* @dir: folder for the files by which commands know of each other's children; borrowed. NULL: none. */
void far_begin(const char *dir);
/* Ends the children that are not in a call. */
void far_end(void);

/* True if the machine has far mounts. */
bool far_are_there(void);
/* True if the path leads to a far mount. */
bool far_is(const char *path);
/* True if one of the names in the folder is a far mount point, so that even to look at that name may hang. */
bool far_below(const char *dir);
/* Starts to ask the far mount of the path, if it lies on one, and does not wait: several are then asked at a time. */
void far_ask(const char *path);
/* Returns 0 if vxe itself may touch the path: it lies on a near mount, or on a far one that answers. Else -1 with EHOSTDOWN. */
int far_answers(const char *path);
/* strerror(), which says more of EHOSTDOWN. */
const char *far_why(int error);

/* These return -1 with errno, also with EHOSTDOWN. */
int far_stat(const char *path, struct stat *ret);
int far_lstat(const char *path, struct stat *ret);
int far_statfs(const char *path, struct statfs *ret);
ssize_t far_readlink(const char *path, char *buf, size_t n);
/* Reads up to @n bytes at @offset of the file at @path, fewer at the end. Opens the file for each call. */
ssize_t far_pread(const char *path, void *buf, size_t n, int64_t offset);

/* An entry of a folder. */
struct far_name {
	const char *name;
	unsigned char type; /* d_type of struct dirent */
	int64_t ino;
	/* on a far mount what lstat() has said of it, or the errno; on a near one NULL and 0 */
	const struct stat *st;
	int error;
};
typedef void far_name_fn(void *ctx, const struct far_name *name);
/* Calls @fn for each entry of the folder. *folder: the folder itself. On failure some entries may have been told. */
int far_list(const char *path, struct stat *folder, far_name_fn *fn, void *ctx);
