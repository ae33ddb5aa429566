/* SPDX-License-Identifier: MIT */
/*
 * Writing objects: slots of the sqlite engine, and what building the tables shares with them. Cells
 * and the rows of found are made here and nowhere else.
 */
#pragma once

#include "store/sqlite_rows.h"

struct object {
	const struct store_class *cls;
	const char *uuid;
	int64_t generation;
	int64_t document; /* id of the row of its document */
	struct json_object *doc;
};

/*
 * Writes the row of @o, with cells made from its document, and those rows of found that differ from
 * the values @before, one for each column. NULL: found has no rows of this object.
 */
int object_write(struct conn *c, const struct object *o, const char *const *before,
	struct vxe_error *err) _must_check_;

int sqlite_put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err);
int sqlite_del(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err);
