/* SPDX-License-Identifier: MIT */
/*
 * The places that open intents name. An operation makes files before there is a record of them, and
 * removes some after the record has gone; meanwhile, and after its death until it is recovered, they
 * are its own. Who looks at folders, or at what somebody's domain names, makes no record of them.
 *
 * An intent is written before its first file and goes with the result. So a file that was seen
 * before the transaction began in which the claims are loaded is claimed, on record, or gone again:
 * whoever lists a folder first and asks the store then misses none.
 */
#pragma once

#include "objects/base/error.h"

struct txn;

struct claims {
	struct strv keys; /* of each place: as the file that is there, and as a name for one */
	struct strv operations; /* of each key: whose it is, by name ("vm-import") */
};
void claims_clear(struct claims *c);
#define _cleanup_claims_ _cleanup_(claims_clear)

/* Of all open intents, whether their owners live or not. */
int claims_load(struct txn *t, struct claims *ret, struct vxe_error *err) _must_check_;
/* The operation that has the file, or the unfinished one that becomes it; NULL: none. Borrowed. */
const char *claims_find(const struct claims *c, const char *path);
/* For whoever is about to put a record of the file: VXE_IMAGE_FAILED(path, whose it is). */
int claims_refuse(struct txn *t, const char *path, struct vxe_error *err) _must_check_;
