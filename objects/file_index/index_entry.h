/* SPDX-License-Identifier: MIT */
/* One user of files: an image or a definition, read into its entry of the index. */
#pragma once

#include "objects/session/session.h"
#include "objects/file_index/folder_changes.h"
#include "objects/file_index/file_index.h"
#include "objects/file_index/folder_listing.h"
#include "objects/file_index/path_namers.h"

/* The index of a session. */
struct users {
	struct session *s;
	char *file; /* of the index; NULL: none is kept */
	char *boot;
	struct users_index index;
	struct namers namers;
	unsigned questions;
	struct listings images;	 /* folders of images */
	struct listings domains; /* libvirt's folders; @watch tells of their changes */
	unsigned look;		 /* the number of the current look, from 1 */
	unsigned listing;	 /* the session's listing at that look */
	char *except;		 /* the domain that it left out; NULL: none */
	struct sign began; /* the folder of definitions before vxe changed it; ino 0: unknown */
	struct folders_watch watch;
	size_t n_files; /* of libvirt, at the last look */
	int64_t young;	/* folders_now() then */
	bool whole;	/* the domains of look @known are all that libvirt has */
	bool counted;	/* this command has asked libvirt how many domains are active */
	unsigned known; /* 0: those of the file */
	/* Of the last look that asked libvirt for every domain; 0: none has. */
	unsigned told;
	int64_t told_from, told_to; /* ms; the last of them that took no answer of another look */
};

/* One look. */
struct look {
	struct users *u;
	struct session *s;
	struct strv dirs; /* already searched */
	bool last;	  /* the answer decides what is written or removed next */
	bool stateless;	  /* QEMU may run for libvirt without a file of its state */
	const char *
		except; /* a domain that nobody asks for: its files are left for the next look; NULL: none */
	bool believes; /* for a plan: what has changed is taken from the files, where that is enough */
};

/* VXE_IMAGE_FAILED(path, what and errno); returns -1. */
int user_fail(struct vxe_error *err, const char *path, const char *what);
/* What the times of a file tell of its changes. */
enum file_times {
	TIMES_COARSE, /* nothing, or late: a network's file system, or an unknown one */
	TIMES_TICKS,  /* a change may leave them as they are within clock_grain() */
	TIMES_EXACT,  /* each change after a stat gives other ones */
};
enum file_times file_times(int fd);
enum file_times file_times_at(const char *path);
/*
 * So long after @at, ns, a change gives a file that had the time @changed other times for sure; at most 0: it does
 * already. A file that was stat'ed at @at.
 */
int64_t time_young(int64_t changed, int64_t at, enum file_times times);
/* As stat(2); of content that is no file: what its kind says. */
int user_stat(const struct session *s, const char *path, struct stat *ret);
/* Notes which file the entry's path leads to. */
void user_place(const struct look *l, struct user *e, const struct stat *st);
/* True if the file has not changed since it was read (@times: file_times()); marks the entry as seen then. */
bool user_holds(const struct look *l, struct user *e, const struct stat *st, enum file_times times);
/* Reads an image anew, of which @st was told before; what has gone since names nothing. */
int user_read_image(const struct look *l, struct user *e, const struct stat *st,
	struct vxe_error *err) _must_check_;
/* An image outside the searched folders: reads it, unless its entry holds; that nothing lies there is no failure. */
int user_search_image(struct look *l, struct user *e, struct vxe_error *err) _must_check_;
/* The images of an SR that are no files of its folder. */
struct sr;
int user_search_list(struct look *l, const struct sr *sr, struct vxe_error *err) _must_check_;
/* Reads the open file of a domain anew. */
int user_read(struct look *l, struct user *e, int fd, enum user_kind kind,
	struct vxe_error *err) _must_check_;
/* Fills the entry with what libvirt says about the domain, if libvirt has it. @said: what it has said; NULL: it is asked. */
int user_ask(struct look *l, struct user *e, const char *domain, enum hv_xml which,
	const char *said, struct vxe_error *err) _must_check_;
