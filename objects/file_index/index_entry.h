/* SPDX-License-Identifier: MIT */
/* Reads a file that names other files, such as a disk image or a domain's definition, into its entry of the index. */
#pragma once

#include "objects/session/session.h"
#include "objects/file_index/folder_changes.h"
#include "objects/file_index/file_index.h"
#include "objects/file_index/folder_listing.h"
#include "objects/file_index/path_namers.h"
#include "objects/file_index/volumes.h"

/* The index of files that name other files (file_index.h), with what a session knows of its state. */
struct users {
	struct session *s;
	char *file; /* path of the file in which the index is saved; NULL: it is not saved */
	char *boot;
	struct users_index index;
	struct namers namers;
	unsigned questions;
	struct listings images;	 /* listings of folders of images */
	struct listings domains; /* listings of libvirt's folders; @watch tells of their changes */
	unsigned look;		 /* number of the current search, counted from 1 */
	/* session_host.listing at the last search: tells whether domains were listed anew since */
	unsigned listing;
	/* UUID of the domain that the last search left out; NULL: none */
	char *except;
	/* libvirt's folder of definitions before this command changed it; ino 0: unknown */
	struct sign began;
	struct folders_watch watch;
	struct strv unsearched, unsearched_why; /* of the last search for images: unsearched.h */
	size_t n_files;				/* number of libvirt's files at the last search */
	/* ns after the last search until a change shows in the folders' times: see folders_now() */
	int64_t young;
	bool whole;   /* the domains found by search @known are all that libvirt has */
	bool counted; /* this command has asked libvirt for the number of active domains */
	/* number of the search that found all domains; 0: they come from the saved index */
	unsigned known;
	struct volumes volumes; /* what the last search has met */
	bool met_all;		/* that search has read all definitions */
	/* Number of the last search that asked libvirt about every domain; 0: none has. */
	unsigned told;
	/*
	 * when libvirt was last asked about every domain, from and to, in ms; a search that uses those answers again
	 * leaves these times as they are
	 */
	int64_t told_from, told_to;
};

/* One search for all files that name other files; it brings the index up to date. */
struct look {
	struct users *u;
	struct session *s;
	struct strv dirs; /* folders that it has searched */
	bool last;	  /* the search is the last check before files are written or removed */
	/* libvirt may have a QEMU that runs without a status file of its domain */
	bool stateless;
	/* a file of libvirt's about a domain does not say what libvirt knows: this user may not read it, or it is cut off */
	bool unread;
	/* UUID of a domain that this search leaves out, for a later one; NULL: none */
	const char *except;
	/*
	 * the search is for a plan: files of domains that have changed are read without asking libvirt, where the
	 * files are enough
	 */
	bool believes;
};

/* Fails with VXE_IMAGE_FAILED(path, what and errno); returns -1. */
int user_fail(struct vxe_error *err, const char *path, const char *what);
/* How reliably the times of a file show that it has changed. */
enum file_times {
	/* a change may not show in the times, or only later: a network or unknown file system */
	TIMES_COARSE,
	/* a second change of the file within clock_grain() may leave its times as they are */
	TIMES_TICKS,
	TIMES_EXACT, /* each change of the file after a stat() gives it other times */
};
enum file_times file_times(int fd);
/*
 * A file was stat'ed at the time @at, and had the time of change @changed. Returns how many nanoseconds after @at a
 * further change gives the file other times for sure; at most 0: each change after @at does so.
 */
int64_t time_young(int64_t changed, int64_t at, enum file_times times);
/*
 * As stat(2); for content that is not a file of this machine, such as an image on a network disk server, asks the
 * backend of its protocol.
 */
int user_stat(const struct session *s, const char *path, struct stat *ret);
/* Records in the entry to which file its path leads now. */
void user_place(const struct look *l, struct user *e, const struct stat *st);
/*
 * True if the file has not changed since it was read (@times: file_times()); then the entry counts as seen in this
 * search.
 */
bool user_holds(const struct look *l, struct user *e, const struct stat *st, enum file_times times);
/*
 * Reads a disk image anew into its entry; @st is the image's state as the caller has seen it. An image that has gone
 * meanwhile names nothing.
 */
int user_read_image(const struct look *l, struct user *e, const struct stat *st,
	struct vxe_error *err) _must_check_;
/*
 * Reads a disk image outside the searched folders, unless its entry of the index is still right. It is no failure if
 * nothing lies at its path.
 */
int user_search_image(struct look *l, struct user *e, struct vxe_error *err) _must_check_;
/* Brings the entries of an SR's images up to date, if the SR's type lists images that are not files in a folder. */
struct sr;
int user_search_list(struct look *l, const struct sr *sr, struct vxe_error *err) _must_check_;
/*
 * In the listed folder of states: true if QEMU may run without a file of the domain's state: libvirt always writes NAME.pid, even if it cannot write
 * NAME.xml. Helpers of a guest may have a NAME.pid, too.
 */
bool user_is_stateless(const struct look *l, const struct listing *folder);
/* Reads libvirt's open file about a domain (definition, status or managed save) into the entry of the index. */
int user_read(struct look *l, struct user *e, int fd, enum user_kind kind,
	struct vxe_error *err) _must_check_;
/*
 * Fills the entry with the paths in libvirt's XML of the domain, if libvirt has the domain. @said: that XML; NULL:
 * libvirt is asked for it.
 */
int user_ask(struct look *l, struct user *e, const char *domain, enum hv_xml which,
	const char *said, struct vxe_error *err) _must_check_;
