/* SPDX-License-Identifier: MIT */
/*
 * What one list, param-get or param-set reads: all of it comes from one transaction, which hangs
 * in the session so that computed fields find it; the names of objects referred to are read once
 * per class and kept meanwhile.
 */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

struct reader {
	struct session *s; /* NULL: not the outermost one, nothing to end */
	struct txn *owned; /* begun by reader_begin() */
};

/*
 * Makes @t (NULL: the one that is open already, else a new read transaction) what getters read.
 * @ret is ended by reader_end().
 */
int reader_begin(
	struct session *s, struct txn *t, struct reader *ret, struct vxe_error *err) _must_check_;
void reader_end(struct reader *r);
#define _cleanup_reader_ _cleanup_(reader_end)

/*
 * Whether an object of the class exists, and its name-label ("" for classes without; @name may be
 * NULL; borrowed until reader_end()). Outside a reader @name must be NULL.
 */
int reader_name(struct session *s, const struct class *c, const char *uuid, bool *exists,
	const char **name, struct vxe_error *err) _must_check_;
/* The uuids of the class, sorted; @uuids is cleared by the caller. */
int reader_uuids(struct session *s, const struct class *c, struct strv *uuids,
	struct vxe_error *err) _must_check_;
/* Those whose column equals @value, sorted. */
int reader_users(struct session *s, const struct class *c, const char *column, const char *value,
	struct strv *ret, struct vxe_error *err) _must_check_;
