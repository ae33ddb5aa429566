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

/*
 * *ret: "domain b names pool p, which libvirt does not have", for the first volume that definitions name, whose file no
 * search has found, and that is not among @beside: its domain may need any layer that was there before it. NULL: there is
 * none. Borrowed until the next search.
 */
int users_lacking(struct session *s, const struct strv *beside, const char **ret,
	struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_DEPENDENTS if the layer @n in the file @path has to stay as it is because of users_lacking(). The layer that
 * a guest writes to is nobody's base.
 */
struct node;
int users_lacking_check(struct session *s, const struct node *n, const char *path,
	struct vxe_error *err) _must_check_;
/* What the session knows of volumes, as of its last search. */
struct volumes;
const struct volumes *users_volumes(struct session *s);

/* The cached listings of folders with images, for names_begin(); they live as long as the session. */
struct listings *users_listings(struct session *s);
