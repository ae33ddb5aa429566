/* SPDX-License-Identifier: MIT */
/*
 * Who uses a file: the domains whose definitions or live state name it, and the images whose headers
 * name it, anywhere: in the folders of all SRs and active pools, beside the file, and in the chains
 * of all domains' disks. Users are on record or not; files are compared by identity.
 *
 * A look finds out anew what has changed since the last one, in this process or another
 * (docs/adr/0005-users-of-files.md): a file that libvirt or QEMU has written since is read again, and
 * nothing else is. Where that cannot be told, everything is read.
 */
#pragma once

#include "objects/session/session.h"
#include "objects/index/users_listing.h"

struct file_user {
	char *domain; /* its UUID; NULL: an image */
	char *name;   /* of the domain, or the absolute path of the image */
	size_t file;  /* uses the file at this index of the paths */
};

struct file_users {
	size_t n;
	struct file_user *items;
};
void file_users_clear(struct file_users *u);
#define _cleanup_users_ _cleanup_(file_users_clear)

/*
 * Looks for the users of the files at @paths (absolute; others are left out), for the last check before
 * one of the files is written or removed.
 */
int users_look(struct session *s, const struct strv *paths, struct file_users *ret,
	struct vxe_error *err) _must_check_;
/* Domains of the session, borrowed like its listing. */
struct domain_users {
	size_t n;
	const struct hv_domain **items;
};
void domain_users_clear(struct domain_users *u);
#define _cleanup_domain_users_ _cleanup_(domain_users_clear)

/*
 * The domains that may use one of the files, as the definitions were at the first such question since
 * the session's listing of domains was dropped: for plans, which ask libvirt about each of them, and which a look
 * confirms. One that used the file before its definition changed may be among them.
 */
int users_domains(struct session *s, const struct strv *paths, struct domain_users *ret,
	struct vxe_error *err) _must_check_;
/* The same for one file, without the domain @except (NULL: with all). */
int users_domains_of(struct session *s, const char *path, const char *except,
	struct domain_users *ret, struct vxe_error *err) _must_check_;

/*
 * At the end of a command, when its output is written: notes for the next command what this one has changed. May search
 * libvirt's files and wait for some milliseconds (docs/adr/0005-users-of-files.md).
 */
void users_settle(struct session *s);
/* Reads the index now, while the caller has to wait anyway. */
void users_load(struct session *s);
/* The folders of images, for names_begin(); they live as long as the session. */
struct listings *users_listings(struct session *s);
