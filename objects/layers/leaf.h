/* SPDX-License-Identifier: MIT */
/*
 * The files that domains write to, read once per listing of domains: the file of each disk that is
 * not read-only, from the live and the inactive definition.
 */
#pragma once

#include "objects/session/session.h"

struct leaf {
	const struct hv_domain *domain; /* of the session's listing */
	bool live;			/* from the live definition */
	char *key;			/* of the file: image_key() */
};

/*
 * A domain that has the file as a writable disk; NULL in *ret: none, or libvirt cannot be reached.
 * For the domain @except (may be NULL) only its live definition counts. Borrowed, valid as long as
 * the listing.
 */
int leaf_find(struct session *s, const char *path, const char *except, const struct leaf **ret,
	struct vxe_error *err) _must_check_;
