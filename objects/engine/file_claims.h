/* SPDX-License-Identifier: MIT */
/*
 * The files that open intents name. An operation makes files before they have a record, and removes
 * files after their record has gone; until the operation has ended, or is recovered after a crash,
 * these files belong to it alone. A function that reads folders, or the disks of foreign domains,
 * makes no record of them.
 *
 * The intent is written before the operation's first file is made, and removed together with the
 * result. So a caller lists a folder first and then loads the claims in a new transaction: each
 * file that it saw is claimed, on record, or already removed.
 */
#pragma once

#include "objects/base/error.h"

struct txn;

struct claims {
	struct strv
		keys; /* keys of the files: by identity, or by name if the file is not made yet */
	struct strv operations; /* for each key the name of its operation ("vm-import") */
};
void claims_clear(struct claims *c);
#define _cleanup_claims_ _cleanup_(claims_clear)

/* Loads the claims of all open intents, whether their processes live or not. */
int claims_load(struct txn *t, struct claims *ret, struct vxe_error *err) _must_check_;
/* The operation that claims the file, or its draft; NULL: none. Borrowed. */
const char *claims_find(const struct claims *c, const char *path);
/* Called before a record of the file is made: VXE_IMAGE_FAILED(path, operation) if an operation claims it. */
int claims_refuse(struct txn *t, const char *path, struct vxe_error *err) _must_check_;
