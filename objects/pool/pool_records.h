/* SPDX-License-Identifier: MIT */
/* All records of a host's own store as JSON documents, on their way to the store of a pool. */
#pragma once

#include "objects/model/json.h"
#include "objects/session/session.h"

struct host_records {
	struct json_object *all; /* by name of the class, then by UUID; NULL: not read */
};
void host_records_clear(struct host_records *r);
#define _cleanup_host_records_ _cleanup_(host_records_clear)

/*
 * Reads all records of the session's own store in the transaction @t, and completes them with what a pool has to know of
 * the host to which they belong. Fails: VXE_IN_POOL if they were moved already, VXE_BUSY while an operation runs.
 */
int host_records_read(struct session *s, struct txn *t, struct host_records *ret,
	struct vxe_error *err) _must_check_;
/* Adds the documents @all, by name of the class and then by UUID, to the store of a pool. */
int documents_put(struct txn *t, struct json_object *all, struct vxe_error *err) _must_check_;
/* Deletes the records of the documents @all. */
int documents_delete(struct txn *t, struct json_object *all, struct vxe_error *err) _must_check_;
/* Shows the user of a dry run how many documents there are, by class. */
void documents_show(struct session *s, struct json_object *all);
/*
 * Called for each reference to an object, and each UUID of one (F_UUID), in a document of class @c. Returns the UUID that
 * takes its place, "" for none, or NULL: it stays.
 */
typedef const char *reference_fn(
	void *ctx, const struct class *c, struct json_object *doc, const char *uuid);
/* Calls @fn for all references in the documents @all. */
void documents_visit(struct json_object *all, reference_fn *fn, void *ctx);
void document_visit(struct json_object *doc, const struct class *c, reference_fn *fn, void *ctx);
/* Reads all documents of a store but those of operations in progress. Owned. */
int documents_read(struct txn *t, struct json_object **ret, struct vxe_error *err) _must_check_;
