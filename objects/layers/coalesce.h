/* SPDX-License-Identifier: MIT */
/* Merging and removing the layers that nothing names. */
#pragma once

#include "objects/session/session.h"

struct coalesce_result {
	int merged, removed, waiting; /* layers */
	int64_t bytes;		      /* freed */
	struct strv waits;	      /* of each that waits: "FILE (why)" */
};

/*
 * Merges and removes what can be done now among the nodes connected with @seeds (NULL: all of the
 * SR @sr; both NULL: everything). What waits is left for the next call. Never fails for that.
 */
int coalesce(struct session *s, const struct strv *seeds, const char *sr,
	struct coalesce_result *ret, struct vxe_error *err) _must_check_;
