/* SPDX-License-Identifier: MIT */
/*
 * The files that domains write to: the file of each disk that is not read-only, also of one that no <disk> names, from
 * the live and the inactive definition.
 */
#pragma once

#include "objects/session/session.h"

struct leaf {
	const struct hv_domain *domain; /* of the session; NULL: none */
	bool live;			/* from the live definition */
};

/*
 * A domain that has the file as a writable disk; ret->domain NULL: none. For the domain @except (may be
 * NULL) only its live definition counts. Borrowed, valid as long as the listing.
 */
int leaf_find(struct session *s, const char *path, const char *except, struct leaf *ret,
	struct vxe_error *err) _must_check_;
/* Reads the definitions of all domains, for questions about many files. */
int leaf_load(struct session *s, struct vxe_error *err) _must_check_;
