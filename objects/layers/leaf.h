/* SPDX-License-Identifier: MIT */
/*
 * What domains write to, asked once per listing of domains: the file of each disk that is not read-only,
 * of the live and of the inactive definition.
 */
#pragma once

#include "objects/session/session.h"

struct leaf {
	const struct hv_domain *domain; /* of the session's listing */
	bool live;			/* by the live definition */
	char *key;			/* of the file: image_key() */
};

/*
 * A domain that has the file as a disk which it writes to; NULL in *ret: none, or libvirt cannot be
 * reached. Of the domain @except (may be NULL) only what runs counts. Borrowed, goes with the listing.
 */
int leaf_find(struct session *s, const char *path, const char *except, const struct leaf **ret,
	struct vxe_error *err) _must_check_;
