/* SPDX-License-Identifier: MIT */
/*
 * Finds the users of a file: the domains whose definitions or live state name the file, and the images whose headers
 * name it, anywhere: in the folders of all SRs and active pools, beside the file, and in the chains of all domains'
 * disks. Users may be on record or not. Files are compared by identity, not by name.
 *
 * A search finds out anew what has changed since the last one, in this process or another
 * (docs/adr/0005-users-of-files.md): a file that libvirt or QEMU has written since is read again, and nothing else is.
 * Where that cannot be told, everything is read.
 */
#pragma once

#include "objects/disks/disks.h"
#include "objects/file_index/folder_listing.h"

/* A list of domains, borrowed from the session's listing of libvirt's domains. */
struct domain_users {
	size_t n;
	const struct hv_domain **items;
};
void domain_users_clear(struct domain_users *u);
#define _cleanup_domain_users_ _cleanup_(domain_users_clear)

/*
 * *ret: the domains that may use one of the files, as the definitions were at the first such search since the session's
 * listing of domains was dropped. For plans, which ask libvirt about each of these domains, and which a later search
 * confirms. A domain that used the file before its definition changed may be among them.
 */
int users_domains(struct session *s, const struct strv *paths, struct domain_users *ret,
	struct vxe_error *err) _must_check_;
/*
 * *ret: the domains that may use the file @path, as users_domains() finds them, without the domain @except (NULL: all).
 */
int users_domains_of(struct session *s, const char *path, const char *except,
	struct domain_users *ret, struct vxe_error *err) _must_check_;

/* The cached listings of folders with images, for names_begin(); they live as long as the session. */
struct listings *users_listings(struct session *s);
