/* SPDX-License-Identifier: MIT */
/*
 * All reads of one list, param-get or param-set come from one transaction. The session holds this
 * transaction, so that computed fields can use it; the names of referred objects are read once per
 * class and kept meanwhile.
 */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

struct reader {
	/* NULL: reader_begin() was called within another reader, and there is nothing to end */
	struct session *s;
	struct txn
		*owned; /* the transaction that reader_begin() began; NULL: it used an open one */
};

/*
 * Makes getters read from @t (NULL: the transaction that is open already, else a new read transaction), until
 * reader_end() is called with @ret.
 */
int reader_begin(
	struct session *s, struct txn *t, struct reader *ret, struct vxe_error *err) _must_check_;
void reader_end(struct reader *r);
#define _cleanup_reader_ _cleanup_(reader_end)

/*
 * Tells whether an object of the class exists, and its name-label ("" for classes without one; @name may be NULL;
 * borrowed until reader_end()). @name must be NULL if no reader_begin() is in force.
 */
int reader_name(struct session *s, const struct class *c, const char *uuid, bool *exists,
	const char **name, struct vxe_error *err) _must_check_;
/* The uuids of all objects of the class, sorted; the caller clears @uuids. */
int reader_uuids(struct session *s, const struct class *c, struct strv *uuids,
	struct vxe_error *err) _must_check_;
/* The uuids of objects whose column equals @value, sorted. */
int reader_users(struct session *s, const struct class *c, const char *column, const char *value,
	struct strv *ret, struct vxe_error *err) _must_check_;
