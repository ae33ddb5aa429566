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

/* Tells whether a file is still the one that was read. */
struct sign {
	int64_t dev, ino, size, written, changed; /* mtime and ctime, ns since 1970 */
};

enum user_kind {
	USER_IMAGE,	 /* a disk image, which names its backing file */
	USER_DEFINITION, /* a file in which libvirt keeps a definition */
	USER_STATE,	 /* a file in which libvirt keeps the state of an active domain */
	USER_SAVE,	 /* a managed-save image, which names the files that the domain had */
	USER_TOLD,	 /* what libvirt said about a domain; never in the file */
};

/* A list of texts in one piece: each with its NUL, then an empty one. */
typedef const char *texts;
#define foreach_text(var, list) for (const char *var = (list); *var; var += strlen(var) + 1)

/* What the index's file says of an entry. */
enum user_filed {
	USER_NOT_FILED,
	USER_FILED_OTHER, /* what it was before */
	USER_FILED,
};

struct user {
	char *path;    /* absolute */
	uint64_t hash; /* of the path */
	enum user_kind kind;
	struct sign sign;
	int64_t read_at;    /* clock_file() just before it was read; 0: to be read again */
	const char *domain; /* its UUID; NULL for an image */
	texts names;	    /* absolute paths that it names */
	texts chain;	    /* those of @names that are qcow2 images, which name files in turn */
	char *own;	    /* holds domain, names and chain; NULL: the index does */
	struct user *below; /* the entry of the first text of @chain; NULL: not looked up yet */
	bool volumes;	    /* it names volumes of pools */
	bool believed;	    /* a plan has read it, and not asked libvirt */
	uint8_t filed;	    /* enum user_filed */
	unsigned seen;	    /* the last look that found it as it is here; 0: none */
	unsigned read;	    /* the last look that read it */
	unsigned followed;  /* the last look that followed @chain */
	unsigned placed;    /* the last look that found out */
	struct sign place;  /* which file is there: dev and ino; ino 0: none */
	bool block;	    /* which device: place.dev */
	/* Of path_namers.h: */
	bool turned;	 /* its names are there */
	uint32_t folder; /* of a path with a slash at its end: the number of the folder; 0: none */
	unsigned hit;	 /* the last question to which it may be an answer */
};

/* What was read of a user. */
struct user_text {
	char *domain;
	struct strv names, chain;
};

/* libvirt's folders; ino 0: not known. */
struct folders {
	struct sign definitions, states;
	struct sign daemon; /* the file that libvirt writes when it starts */
};

/* The file that was read; size 0: nothing can be appended to it. */
struct index_file {
	int64_t dev, ino;
	size_t size;
	size_t changes; /* bytes of them, at its end */
};

struct users_index {
	size_t n, room;
	struct user **items;
	size_t n_slots;	 /* a power of two */
	uint32_t *slots; /* index of an item + 1 */
	size_t n_loaded; /* the first items: these share one piece of memory, */
	struct user *loaded;
	char *file;	      /* and their texts are in the file that was read, */
	struct index_file at; /* as it was then */
	/* The folder of definitions that a define of vxe has changed: dev and ino; 0: none. */
	int64_t proved_dev, proved_ino;
	struct sign met; /* driver.pid of the libvirt that was asked; ino 0: unknown */
	struct folders
		folders; /* at the time of these entries; a later change gives them other times */
	bool images_searched; /* a look of this process was at images */
	bool dirty;	      /* to be written */
};

void users_index_clear(struct users_index *x);
uint64_t users_index_hash(const char *path);
/* The entry of this path, NULL when there is none. */
struct user *users_index_find(const struct users_index *x, const char *path);
/* The same; makes an empty entry. */
struct user *users_index_get(struct users_index *x, const char *path);
/* For @n entries at least. */
void users_index_reserve(struct users_index *x, size_t n);
/* Empties the entry, so that it can be read again. */
void user_empty(struct user *u);
/* Gives the entry what was read; it keeps a copy. */
void user_fill(struct user *u, const struct user_text *text);
void user_text_clear(struct user_text *text);
#define _cleanup_user_text_ _cleanup_(user_text_clear)

struct sign sign_of(const struct stat *st);
bool sign_is(const struct sign *a, const struct sign *b);
/* The clock that file systems take their times from, ns since 1970. */
int64_t clock_file(void);
/* A second change within this time, ns, may leave the times of a file as they are: two ticks of that clock. */
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
 * Writes the entries that looks of this process have seen, and those that they did not look for. A
 * failure is logged: nothing is lost.
 */
void users_index_save(const struct users_index *x, const char *path, const char *boot);
