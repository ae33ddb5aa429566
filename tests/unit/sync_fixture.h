/* SPDX-License-Identifier: MIT */
/* Counts the syncs of one folder, and lets them fail if a test requests it. */
#pragma once

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *sync_folder; /* NULL: none */
static int sync_error;		/* 0: syncs succeed */
static int syncs;

static inline int is_sync_folder(int fd)
{
	struct stat a, b;

	return sync_folder && fstat(fd, &a) == 0 && stat(sync_folder, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Replaces libc's function. */
int fsync(int fd)
{
	if (is_sync_folder(fd)) {
		syncs++;
		errno = sync_error;
		if (sync_error)
			return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}
