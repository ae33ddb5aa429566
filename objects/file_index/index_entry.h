/* SPDX-License-Identifier: MIT */
/* Reads a file that names others, an image or a definition, into its entry of the index. */
#pragma once

#include "objects/session/session.h"
#include "objects/file_index/folder_changes.h"
#include "objects/file_index/file_index.h"
#include "objects/file_index/folder_listing.h"
#include "objects/file_index/path_namers.h"

/* The index as a session uses it. */
struct users {
	struct session *s;
	char *file; /* path of the index's file; NULL: none is kept */
	char *boot;
	struct users_index index;
	struct namers namers;
	unsigned questions;
	struct listings images;	 /* listings of folders of images */
	struct listings domains; /* listings of libvirt's folders; @watch tells of their changes */
	unsigned look;		 /* number of the current search, counted from 1 */
	unsigned listing;	 /* number of the session's listing of domains at that search */
	char *except;		 /* UUID of the domain that it left out; NULL: none */
	struct sign began; /* the folder of definitions before vxe changed it; ino 0: unknown */
	struct folders_watch watch;
	size_t n_files; /* number of libvirt's files at the last search */
	int64_t young;	/* result of folders_now() at the last search */
	bool whole;	/* the domains found by search @known are all that libvirt has */
	bool counted;	/* this command has asked libvirt for the number of active domains */
	unsigned known; /* number of a search; 0: the domains are those in the index's file */
	/* The last search that asked libvirt about every domain; 0: none has. */
	unsigned told;
	/* when that search began and ended, ms; the end counts only for answers of that search */
	int64_t told_from, told_to;
};

/* One search for all users of files. */
struct look {
	struct users *u;
	struct session *s;
	struct strv dirs;   /* folders that it has searched */
	bool last;	    /* its answer decides what is written or removed next */
	bool stateless;	    /* libvirt may run QEMU without a file of the domain's state */
	const char *except; /* UUID of a domain that is left for the next search; NULL: none */
	/*
	 * it is for a plan: what has changed is taken from files without asking libvirt, where that is
	 * enough
	 */
	bool believes;
};

/* Fails with VXE_IMAGE_FAILED(path, what and errno); returns -1. */
int user_fail(struct vxe_error *err, const char *path, const char *what);
/* How much the times of a file tell of its changes. */
enum file_times {
	TIMES_COARSE, /* nothing, or only later: on a network's file system, or an unknown one */
	TIMES_TICKS,  /* a second change within clock_grain() may leave them as they are */
	TIMES_EXACT,  /* each change after a stat gives other times */
};
enum file_times file_times(int fd);
/*
 * So long after @at, ns, a change gives a file that had the time @changed other times for sure; at most 0: it does
 * already. A file that was stat'ed at @at.
 */
int64_t time_young(int64_t changed, int64_t at, enum file_times times);
/* As stat(2); of content that is no file, what its kind says. */
int user_stat(const struct session *s, const char *path, struct stat *ret);
/* Remembers which file the path of the entry leads to now. */
void user_place(const struct look *l, struct user *e, const struct stat *st);
/*
 * True if the file has not changed since it was read (@times: file_times()); then the entry counts as seen in this
 * search.
 */
bool user_holds(const struct look *l, struct user *e, const struct stat *st, enum file_times times);
/*
 * Reads an image anew; @st is its state as the caller has seen it. If the image has gone meanwhile, it names nothing.
 */
int user_read_image(const struct look *l, struct user *e, const struct stat *st,
	struct vxe_error *err) _must_check_;
/*
 * For an image outside the searched folders: reads it, unless its entry is still right. It is no failure if nothing
 * lies there.
 */
int user_search_image(struct look *l, struct user *e, struct vxe_error *err) _must_check_;
/* Looks at images of an SR that are no files of its folder. */
struct sr;
int user_search_list(struct look *l, const struct sr *sr, struct vxe_error *err) _must_check_;
/* Reads the open file of a domain into the entry. */
int user_read(struct look *l, struct user *e, int fd, enum user_kind kind,
	struct vxe_error *err) _must_check_;
/* Fills the entry with what libvirt says about the domain, if libvirt has it. @said: what it has said; NULL: it is asked. */
int user_ask(struct look *l, struct user *e, const char *domain, enum hv_xml which,
	const char *said, struct vxe_error *err) _must_check_;
