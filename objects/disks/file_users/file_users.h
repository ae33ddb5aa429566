/* SPDX-License-Identifier: MIT */
/*
 * Who uses a file: the domains whose definitions or live state name it, and the images whose headers
 * name it, anywhere: in the folders of all SRs and active pools, beside the file, and in the chains
 * of all domains' disks. Users are on record or not; files are compared by identity.
 *
 * A search finds out anew what has changed since the last one, in this process or another
 * (docs/adr/0005-users-of-files.md): a file that libvirt or QEMU has written since is read again, and
 * nothing else is. Where that cannot be told, everything is read.
 */
#pragma once

#include "objects/disks/disks.h"
#include "objects/file_index/folder_listing.h"

/* Domains in the session's listing, borrowed as the listing is. */
struct domain_users {
	size_t n;
	const struct hv_domain **items;
};
void domain_users_clear(struct domain_users *u);
#define _cleanup_domain_users_ _cleanup_(domain_users_clear)

/*
 * The domains that may use one of the files, as the definitions were at the first such question since
 * the session's listing of domains was dropped: for plans, which ask libvirt about each of them, and which a search
 * confirms. One that used the file before its definition changed may be among them.
 */
int users_domains(struct session *s, const struct strv *paths, struct domain_users *ret,
	struct vxe_error *err) _must_check_;
/* As users_domains(), for one file and without the domain @except (NULL: with all). */
int users_domains_of(struct session *s, const char *path, const char *except,
	struct domain_users *ret, struct vxe_error *err) _must_check_;

/* The listings of image folders, for names_begin(); they live as long as the session. */
struct listings *users_listings(struct session *s);
