/* SPDX-License-Identifier: MIT */
/* One user of files: an image or a definition, read into its entry of the index. */
#pragma once

#include "objects/session/session.h"
#include "objects/users/users_folders.h"
#include "objects/users/users_index.h"
#include "objects/users/users_listing.h"
#include "objects/users/users_namers.h"

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
	struct sign began; /* the folder of definitions before vxe changed it; ino 0: unknown */
	struct folders_watch watch;
	size_t n_files; /* of libvirt, at the last look */
	int64_t young;	/* folders_young() then */
	bool whole;	/* the domains of look @known are all that libvirt has */
	unsigned known; /* 0: those of the file */
};

/* One look. */
struct look {
	struct users *u;
	struct session *s;
	struct hv *hv;
	struct strv dirs; /* already searched */
};

/* VXE_IMAGE_FAILED(path, what and errno); returns -1. */
int user_fail(struct vxe_error *err, const char *path, const char *what);
/* True where each change of a file gives it new times at once: on a local file system with fine times. */
bool has_fine_times(int fd);
/* Notes which file the entry's path leads to. */
void user_place(const struct look *l, struct user *e, const struct stat *st);
/* True if the file has not changed since it was read (@fine: has_fine_times()); marks the entry as seen then. */
bool user_holds(const struct look *l, struct user *e, const struct stat *st, bool fine);
/* Reads the open file anew. */
int user_read(struct look *l, struct user *e, int fd, enum user_kind kind,
	struct vxe_error *err) _must_check_;
/* Fills the entry with what libvirt says about the domain, if libvirt has it. */
int user_ask(struct look *l, struct user *e, const char *domain, enum hv_xml which,
	struct vxe_error *err) _must_check_;
