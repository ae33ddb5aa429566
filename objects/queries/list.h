/* SPDX-License-Identifier: MIT */
/*
 * Lists and selection: the objects of a view that match filters, with the values of the wanted
 * fields. Documents are parsed only for fields that are not columns of the store.
 */
#pragma once

#include "objects/model/class.h"

/* A filter `key=value`, as the user has typed it. */
struct filter {
	const char *key; /* "name-label", "other-config:owner", "tags:contains" */
	const char *value;
};

/*
 * A function that gets output piece by piece; a result other than 0 stops the output, and is returned to the caller.
 */
typedef int sink_fn(void *ctx, const char *data, size_t len);

struct row {
	char *uuid;
	struct value *values; /* the row's values, one for each field of rows.fields */
};
struct rows {
	size_t n_fields;
	const struct field *const *fields; /* array of borrowed fields, owned */
	size_t n;
	struct row *items;
};
void rows_clear(struct rows *r);
#define _cleanup_rows_ _cleanup_(rows_clear)

enum list_flags {
	LIST_COSTLY = 1 << 0, /* compute expensive fields, which otherwise show <expensive field> */
	LIST_ALL = 1 << 1,    /* --all: show every record of the class; filters are only checked */
	LIST_UNDERSCORE = 1
		/* as `vxe`: a filter may write name_label for name-label, or name a field that only vxe has */
		<< 2,
	/*
	 * params=all: the user asked for no field by name. In a list of many VMs guest agents are
	 * then not asked, because each needs a call; their fields become <expensive field>, too.
	 */
	LIST_WHOLE = 1 << 3,
	/*
	 * The command has found the VM of the listed objects already, so no records are made of unknown libvirt
	 * domains.
	 */
	LIST_KNOWN = 1 << 4,
};

/*
 * Makes the rows of a list. Filters apply in order after the view's own; as in xe, a filter is checked only while
 * records are left, so `Unknown field` needs at least one record. Errors as in xe. If the view's @adopts is set,
 * libvirt domains without records get records first. If libvirt cannot be reached, a field or filter that needs it is
 * an error; otherwise the contents of the store are listed, with the session's warning. @fields is terminated by
 * NULL, in any order; rows hold the fields in the order of the class's table.
 */
int list_rows(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, struct rows *ret,
	struct vxe_error *err) _must_check_;

/* True if list_rows() with these arguments asks libvirt in any case. */
bool list_asks_libvirt(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags);

/*
 * True if list_rows() with these arguments needs nothing of libvirt but the state of one VM, which libvirt's files
 * may tell without a connection.
 */
bool list_asks_state(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags);

/* A function that is called with a batch of a list's rows; it may take the rows and leave @rows empty. */
typedef int rows_fn(void *ctx, struct rows *rows, struct vxe_error *err);
#define LIST_BATCH 256
/*
 * As list_rows(), but passes the rows to @fn, LIST_BATCH at a time, so that a list of any length takes the memory of
 * one batch. If an error ends the list, @fn has already got the earlier batches.
 */
int list_batches(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, rows_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;

/*
 * Prepares a list: makes records of libvirt domains that have none, and brings the records of the host's devices up
 * to date.
 */
int view_prepare(struct session *s, const struct view *v, struct vxe_error *err) _must_check_;
