/* SPDX-License-Identifier: MIT */
/*
 * What files name other files, in memory and in a file of its own beside the locks. The file saves
 * reading everything again; it is never needed: when it is missing, damaged, of another boot or of
 * another vxe, the index starts empty.
 */
#pragma once

#include "objects/base/str.h"

#include <string.h>
#include <sys/stat.h>

/* By these numbers one can tell that a file is still the one that was read. */
struct sign {
	/* written and changed are mtime and ctime in nanoseconds since 1970 */
	int64_t dev, ino, size, written, changed;
};

enum user_kind {
	USER_IMAGE,	 /* a disk image, which names its backing file */
	USER_DEFINITION, /* a file in which libvirt keeps a definition */
	USER_STATE,	 /* a file in which libvirt keeps the state of an active domain */
	USER_SAVE,	 /* a managed-save image, which names the files that the domain had */
	USER_TOLD,	 /* what libvirt has said about a domain; it is not in the index's file */
};

/* A list of texts in one piece: each text with its NUL; an empty text ends the list. */
typedef const char *texts;
#define foreach_text(var, list) for (const char *var = (list); *var; var += strlen(var) + 1)

/* How the index's file has an entry. */
enum user_filed {
	USER_NOT_FILED,
	USER_FILED_OTHER, /* with what it was before it changed */
	USER_FILED,
};

struct user {
	char *path;    /* absolute path */
	uint64_t hash; /* hash of the path */
	enum user_kind kind;
	struct sign sign;
	int64_t read_at; /* clock_file() just before the file was read; 0: it must be read again */
	const char *domain; /* UUID of the domain; NULL for an image */
	texts names;	    /* the absolute paths that the file names */
	texts chain; /* those of @names that are qcow2 images: their headers name more files */
	char *own;   /* memory that holds domain, names and chain; NULL: that of the index does */
	struct user *below; /* the entry of the first path in @chain; NULL: not looked up yet */
	bool volumes;	    /* the definition names volumes of pools */
	bool believed;	    /* a plan has read it from the file without asking libvirt */
	uint8_t filed;	    /* enum user_filed */
	unsigned seen; /* number of the last search that found the file as it is here; 0: none */
	unsigned read; /* number of the last search that read the file */
	unsigned followed; /* number of the last search that followed @chain */
	unsigned placed;   /* number of the last search that set @place */
	struct sign place; /* dev and ino of the file that is there; ino 0: there is none */
	bool block;	   /* it is a block device, whose number is place.dev */
	/* Members of path_namers.c: */
	bool turned;	 /* the names of this entry have been added there */
	uint32_t folder; /* of a path with a slash at its end: number of the folder; 0: none */
	unsigned hit;	 /* number of the last question that this entry may be an answer to */
};

/* What was read of a file that names others. */
struct user_text {
	char *domain;
	struct strv names, chain;
};

/* libvirt's folders; ino is 0 for one that is not known. */
struct folders {
	struct sign definitions, states;
	struct sign daemon; /* the file that libvirt writes whenever it starts */
};

/* The file of the index as it was read; size 0: nothing can be appended to it. */
struct index_file {
	int64_t dev, ino;
	size_t size;
	size_t changes; /* bytes of appended changes at its end */
};

struct users_index {
	size_t n, room;
	struct user **items;
	size_t n_slots;	      /* number of slots, a power of two */
	uint32_t *slots;      /* for each slot: 1 + the number of an item; 0: free */
	char *file;	      /* the file that was read; it holds texts of the items */
	struct index_file at; /* that file as it was when it was read */
	/* dev and ino of a folder that is libvirt's for sure, because a define of vxe has changed it; 0: none. */
	int64_t proved_dev, proved_ino;
	struct sign met; /* driver.pid of the libvirt that was asked then; ino 0: unknown */
	struct folders
		/*
		 * libvirt's folders when these entries were read; a later change gives the folders other
		 * times
		 */
		folders;
	bool images_searched; /* this process has looked at images */
	bool dirty;	      /* the index has changed and is to be written */
};

void users_index_clear(struct users_index *x);
uint64_t users_index_hash(const char *path);
/* The entry of this path, NULL when there is none. */
struct user *users_index_find(const struct users_index *x, const char *path);
/* As users_index_find(), but makes an empty entry if there is none. */
struct user *users_index_get(struct users_index *x, const char *path);
/* Makes room for @n entries. */
void users_index_reserve(struct users_index *x, size_t n);
/* Empties the entry, so that it can be read again. */
void user_empty(struct user *u);
/* Sets what was read of the entry's file; the entry keeps a copy. */
void user_fill(struct user *u, const struct user_text *text);
void user_text_clear(struct user_text *text);
#define _cleanup_user_text_ _cleanup_(user_text_clear)

struct sign sign_of(const struct stat *st);
bool sign_is(const struct sign *a, const struct sign *b);
/* The clock by which file systems set times, in nanoseconds since 1970. */
int64_t clock_file(void);
/*
 * Two ticks of that clock in nanoseconds: a second change within this time may leave the times of a file as they are.
 */
int64_t clock_grain(void);

/*
 * Whether the file at @path says that a define of vxe has changed the folder @dir since this boot, and then
 * which libvirt was asked last: @met. Reads only the head of the file.
 */
bool users_index_proves(
	const char *path, const char *boot, const struct stat *dir, struct sign *met);
/*
 * Reads the file at @path; an unusable file, and one of another boot, leave @x empty: after a power cut a
 * file may have its old content and its new times. @boot: any text that changes with each boot.
 */
void users_index_load(struct users_index *x, const char *path, const char *boot);
/*
 * Writes the entries that searches of this process have seen, and those that they did not look for. A
 * failure is logged: nothing is lost.
 */
void users_index_save(const struct users_index *x, const char *path, const char *boot);
