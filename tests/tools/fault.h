/* SPDX-License-Identifier: MIT */
/* Shared by fault.so, fault_ctl and power_cut. */
#pragma once

#include <stdint.h>

#define FAULT_DIRS_MAX 1024
#define FAULT_NAME_MAX 64
/* As a name: not those calls, but those that read the list of a folder. */
#define FAULT_LIST "/<list>"

/* The file that selects the call that fails. */
struct fault_control {
	uint32_t armed;
	uint32_t noted;		   /* calls are recorded in the journal */
	int32_t error;		   /* errno of the call that fails */
	uint64_t at;		   /* its number, from 1; 0: none */
	uint64_t count, hits;	   /* calls so far; how many of them failed */
	char dirs[FAULT_DIRS_MAX]; /* separated by ":" */
	char name[FAULT_NAME_MAX]; /* only files with this text in their path; "": all */
};

enum note_kind {
	NOTE_DATA,   /* @len bytes at @at of @ino, which then has the size @size */
	NOTE_MODE,   /* @ino has @mode */
	NOTE_SYNC,   /* @ino, or the directory @path */
	NOTE_MAKE,   /* @path is the new file @ino, or (@ino 0) a new directory */
	NOTE_LINK,   /* @path is another name of @ino */
	NOTE_RENAME, /* @path is renamed to @to */
	NOTE_UNLINK, /* @path is removed */
};

/* The journal: for each successful call a header, both paths with their NULs, and the bytes. */
struct note {
	uint32_t kind, mode;
	uint64_t ino;
	int64_t at, size;
	int64_t seconds, nanoseconds; /* modification time after the call */
	uint64_t len;
	uint32_t path_len, to_len;
};

/* ---- between the halves of fault.so ---- */

extern struct fault_control *fault_control; /* NULL: the library does nothing */
extern char fault_journal[];		    /* its path */

/* Whether @path is below one of the folders. */
int fault_is_below(const char *path);
/* The absolute path of an open file, or of @name relative to @dir; -1: there is none. */
int fault_fd_path(int fd, char *ret);
int fault_name_path(int dir, const char *name, char *ret);

/*
 * Called after a successful call; errno is kept. With @at -1, the file's position is after the
 * bytes.
 */
void note_data(int fd, int64_t at, int64_t len);
void note_cut(const char *path, int64_t size);
/* Notes the file @name relative to @dir; without a name, the open file @fd. */
void note_file(enum note_kind kind, int dir, const char *name, int fd);
void note_rename(int from_dir, const char *from, int to_dir, const char *to);
void note_unlink(int dir, const char *name);
