/* SPDX-License-Identifier: MIT */
/*
 * The index of the files that name other files: disk images, libvirt's definitions and states of domains,
 * managed-save images. It is kept in memory and, between commands, in a file in the folder of locks. That file only
 * saves reading everything again: when it is missing, damaged, of another boot or of another vxe, the index starts
 * empty.
 */
#pragma once

#include "objects/base/str.h"

#include <string.h>
#include <sys/stat.h>

/*
 * Identifies a file and its content: while these numbers are the same, the file is the one that was read, unchanged.
 */
struct sign {
	/* written and changed are mtime and ctime in nanoseconds since 1970 */
	int64_t dev, ino, size, written, changed;
};

enum user_kind {
	USER_IMAGE,	 /* a disk image, which names its backing file */
	USER_DEFINITION, /* a file in which libvirt keeps a definition */
	USER_STATE,	 /* a file in which libvirt keeps the state of an active domain */
	USER_SAVE,	 /* a managed-save image, which names the files that the domain had */
	/* what libvirt has said about a domain; such an entry is not saved in the file of the index */
	USER_TOLD,
};

/* A list of texts in one piece: each text with its NUL; an empty text ends the list. */
typedef const char *texts;
#define foreach_text(var, list) for (const char *var = (list); *var; var += strlen(var) + 1)

/* Whether the file in which the index is saved has an entry. */
enum user_filed {
	USER_NOT_FILED,
	USER_FILED_OTHER, /* the saved index has the entry as it was before it changed */
	USER_FILED,
};

struct user {
	char *path;    /* absolute path */
	uint64_t hash; /* hash of the path */
	enum user_kind kind;
	struct sign sign;
	int64_t read_at; /* clock_file() just before the file was read; 0: it must be read again */
	const char *domain; /* UUID of the domain that the file is about; NULL for an image */
	texts names;	    /* the absolute paths that the file names */
	texts chain; /* those of @names that are qcow2 images: their headers name more files */
	/* memory of @domain, @names and @chain; NULL: they lie in the memory of the index */
	char *own;
	struct user *below; /* the entry of the first path in @chain; NULL: not looked up yet */
	bool volumes;	    /* the definition names volumes of pools */
	/* for a plan, this was read from libvirt's file alone, and libvirt was not asked */
	bool believed;
	uint8_t filed; /* enum user_filed */
	/* number of the last search that found the file unchanged since it was read; 0: none */
	unsigned seen;
	unsigned read;	   /* number of the last search that read the file */
	unsigned followed; /* number of the last search that followed @chain */
	unsigned placed;   /* number of the last search that set @place */
	/* dev and ino of the file to which @path leads; ino 0: there is no file */
	struct sign place;
	bool block; /* @path leads to a block device, whose device number is place.dev */
	/* Members of path_namers.c: */
	bool turned; /* the names of this entry have been added to struct namers */
	/* if @path is a folder with a slash at its end: 1 + its index in namers.folders; else 0 */
	uint32_t folder;
	/* number of the last question "what names this file?" that this entry may be an answer to */
	unsigned hit;
};

/* What was read from a file that names other files: the UUID of a domain, and the paths. */
struct user_text {
	char *domain;
	struct strv names, chain;
};

/*
 * Identity and times of libvirt's folders of definitions and of states, by which a change in them is noticed; ino is
 * 0 for a folder that is not known.
 */
struct folders {
	struct sign definitions, states;
	struct sign daemon; /* driver.pid, which libvirt writes whenever it starts */
};

/* The file in which the index is saved, as it was when it was read; size 0: nothing can be appended to it. */
struct index_file {
	int64_t dev, ino;
	size_t size;
	size_t changes; /* bytes of changes that were appended to the end of the index's file */
};

struct users_index {
	size_t n, room;
	struct user **items;
	size_t n_slots; /* number of slots of the hash table, a power of two */
	/* for each slot of the hash table: 1 + the index of an entry in @items; 0: free */
	uint32_t *slots;
	/* content of the file in which the index was saved; entries point to texts in it */
	char *file;
	/* the file in which the index was saved, as it was when it was read */
	struct index_file at;
	/*
	 * dev and ino of the folder that is libvirt's folder of definitions for sure, because it has changed when vxe
	 * had libvirt define a domain; 0: none.
	 */
	int64_t proved_dev, proved_ino;
	/* driver.pid of the libvirt that the last search for domains asked; ino 0: unknown */
	struct sign met;
	/* libvirt's folders when the entries of this index were read; a later change gives the folders other times */
	struct folders folders;
	bool images_searched; /* this process has looked at images */
	bool dirty;	      /* the index has changed and is to be written */
};

void users_index_clear(struct users_index *x);
uint64_t users_index_hash(const char *path);
/* The index's entry of this path; NULL: there is none. */
struct user *users_index_find(const struct users_index *x, const char *path);
/* As users_index_find(), but makes an empty entry if there is none. */
struct user *users_index_get(struct users_index *x, const char *path);
/* Makes room for @n entries. */
void users_index_reserve(struct users_index *x, size_t n);
/* Empties the entry, so that its file can be read again. */
void user_empty(struct user *u);
/* Fills the entry with what was read from its file; the entry keeps a copy of @text. */
void user_fill(struct user *u, const struct user_text *text);
void user_text_clear(struct user_text *text);
#define _cleanup_user_text_ _cleanup_(user_text_clear)

struct sign sign_of(const struct stat *st);
bool sign_is(const struct sign *a, const struct sign *b);
/* The clock by which file systems set times, in nanoseconds since 1970. */
int64_t clock_file(void);
/*
 * Two ticks, in nanoseconds, of the clock by which file systems set times: a second change of a file within this time
 * may leave the file's times as they are.
 */
int64_t clock_grain(void);

/*
 * True if the saved index at @path says that, since this boot, the folder @dir has changed when vxe had libvirt
 * define a domain, so that it is libvirt's. Reads only the head of the file.
 */
bool users_index_proves(const char *path, const char *boot, const struct stat *dir);
/*
 * Reads the index that was saved at @path. An unusable file, and one of another boot, leave @x empty: after a power
 * cut a file may have its old content and its new times. @boot: any text that changes with each boot.
 */
void users_index_load(struct users_index *x, const char *path, const char *boot);
/*
 * Saves the index at @path: the entries that searches of this process have found to be right, and those of images if
 * this process has looked at no images. A failure is only logged, because the index can be made again.
 */
void users_index_save(const struct users_index *x, const char *path, const char *boot);
