/* SPDX-License-Identifier: MIT */
/*
 * The files of unfinished operations, which the open intents name. An operation makes files before they have a
 * record, and removes files after their record has gone; until the operation has ended, or is recovered after a
 * crash, these files belong to it alone. A function that reads folders, or the disks of domains made without vxe,
 * must not make a record of such a file. The intent (the stored plan of an operation) is written before the
 * operation's first file is made, and removed together with the result. So a caller lists a folder first and then
 * loads the claims in a new transaction: each file that it saw is claimed, on record, or already removed.
 */
#pragma once

#include "objects/base/error.h"

struct txn;

struct claims {
	/* keys of the claimed files: by identity, or by name if the file is not made yet */
	struct strv keys;
	/* for each key the name of the operation that claims the file ("vm-import") */
	struct strv operations;
};
void claims_clear(struct claims *c);
#define _cleanup_claims_ _cleanup_(claims_clear)

/* Loads the files that all unfinished operations claim, whether their processes live or not. */
int claims_load(struct txn *t, struct claims *ret, struct vxe_error *err) _must_check_;
/* The name of the operation that claims the file @path, or its temporary file; NULL: none does. Borrowed. */
const char *claims_find(const struct claims *c, const char *path);
/*
 * Called before a record of the file @path is made: fails with VXE_IMAGE_FAILED(path, operation) if an unfinished
 * operation claims the file.
 */
int claims_refuse(struct txn *t, const char *path, struct vxe_error *err) _must_check_;
