/* SPDX-License-Identifier: MIT */
/*
 * Writing objects: the functions put and del of the SQLite engine, and object_write(), which the conversion of older
 * layouts uses, too. Only object_write() makes the blobs with the values of columns and the rows of the table `found`,
 * which is the index.
 */
#pragma once

#include "store/sqlite_rows.h"

struct object {
	const struct store_class *cls;
	const char *uuid;
	int64_t generation;
	/* id of the row of the table `documents` that has the JSON text of the object */
	int64_t document;
	struct json_object *doc;
};

/*
 * Writes the row of @o in the table `objects`, with the column values taken from its document. Of the table `found`,
 * the index, writes only the rows whose values differ from @before, which has a value for each column; @before NULL:
 * the index has no rows of this object.
 */
int object_write(struct conn *c, const struct object *o, const char *const *before,
	struct vxe_error *err) _must_check_;

int sqlite_put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	bool known, struct vxe_error *err);
int sqlite_del(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err);
