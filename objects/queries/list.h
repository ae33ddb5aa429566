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

/* Gets the text piece by piece; a result other than 0 stops the output and is returned. */
typedef int sink_fn(void *ctx, const char *data, size_t len);

struct row {
	char *uuid;
	struct value *values; /* one for each column of the table */
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
	/* The command has found the VM of these objects already, so no domain is adopted for them. */
	LIST_KNOWN = 1 << 4,
};

/*
 * Filters apply in order after the view's own; as in xe, a filter is checked only while records are
 * left, so `Unknown field` needs at least one record. Errors as in xe. First adopts unknown domains
 * if the view says so. If libvirt cannot be reached, a field or filter that needs it is an error;
 * otherwise the contents of the store are listed, with the session's warning. @fields is terminated
 * by NULL, in any order; rows hold them in record order.
 */
int list_rows(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, struct rows *ret,
	struct vxe_error *err) _must_check_;

/* True if such a list asks libvirt in any case. */
bool list_asks_libvirt(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags);

/* True if of all that libvirt knows, such a list needs only the state of one VM, which libvirt's files may tell. */
bool list_asks_state(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags);

/* Called with some rows; may take them out of @rows and leave it empty. */
typedef int rows_fn(void *ctx, struct rows *rows, struct vxe_error *err);
#define LIST_BATCH 256
/*
 * The same rows, LIST_BATCH at a time, so that a list of any length takes the memory of one batch. If an
 * error ends the list, earlier batches have been given out.
 */
int list_batches(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, rows_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;

/* Prepares a list: adopts unknown domains, and brings records of the machine's devices up to date. */
int view_prepare(struct session *s, const struct view *v, struct vxe_error *err) _must_check_;
