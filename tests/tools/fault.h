/* SPDX-License-Identifier: MIT */
/* What fault.so, fault_ctl and power_cut share. */
#pragma once

#include <stdint.h>

#define FAULT_DIRS_MAX 1024
#define FAULT_NAME_MAX 64

/* The file that says which call fails. */
struct fault_control {
	uint32_t armed;
	uint32_t noted;		   /* calls go into the journal */
	int32_t error;		   /* errno of the call that fails */
	uint64_t at;		   /* its number, from 1; 0: none */
	uint64_t count, hits;	   /* calls so far; how many of them failed */
	char dirs[FAULT_DIRS_MAX]; /* with ":" between them */
	char name[FAULT_NAME_MAX]; /* only files with this in their path; "": all */
};

enum note_kind {
	NOTE_DATA,   /* @len bytes at @at of @ino; it has @size then */
	NOTE_MODE,   /* @ino has @mode */
	NOTE_SYNC,   /* @ino, or the directory @path */
	NOTE_MAKE,   /* @path is the new file @ino, or (@ino 0) a new directory */
	NOTE_LINK,   /* @path is @ino, too */
	NOTE_RENAME, /* what was @path is @to */
	NOTE_UNLINK, /* @path is no more */
};

/* The journal: a header, both paths with their NULs, and the bytes, for each call that ended well. */
struct note {
	uint32_t kind, mode;
	uint64_t ino;
	int64_t at, size;
	int64_t seconds, nanoseconds; /* its time of change then */
	uint64_t len;
	uint32_t path_len, to_len;
};

/* ---- between the halves of fault.so ---- */

extern struct fault_control *fault_control; /* NULL: nothing is to be done */
extern char fault_journal[];		    /* its path */

/* Whether @path is below one of the folders. */
int fault_is_below(const char *path);
/* The absolute path of what is open, or of @name as seen from @dir; -1: none. */
int fault_fd_path(int fd, char *ret);
int fault_name_path(int dir, const char *name, char *ret);

/* After a call that ended well; errno stays as it is. @at -1: the file's position is behind the bytes. */
void note_data(int fd, int64_t at, int64_t len);
void note_cut(const char *path, int64_t size);
/* Of what @name is, seen from @dir; without a name, of what is open. */
void note_file(enum note_kind kind, int dir, const char *name, int fd);
void note_rename(int from_dir, const char *from, int to_dir, const char *to);
void note_unlink(int dir, const char *name);
