/* SPDX-License-Identifier: MIT */
/*
 * Lists and selection: the objects of a view that match filters, with the values of the wanted
 * fields. Documents are parsed only for fields that are not columns of the store.
 */
#pragma once

#include "objects/model/class.h"

/* A `key=value` filter as the user typed it. */
struct filter {
	const char *key; /* "name-label", "other-config:owner", "tags:contains" */
	const char *value;
};

/* Gets the text piece by piece; a result other than 0 stops the output and is returned. */
typedef int sink_fn(void *ctx, const char *data, size_t len);

struct row {
	char *uuid;
	struct value *values; /* one per field of the table's columns */
};
struct rows {
	size_t n_fields;
	const struct field *const *fields; /* owned array */
	size_t n;
	struct row *items;
};
void rows_clear(struct rows *r);
#define _cleanup_rows_ _cleanup_(rows_clear)

enum list_flags {
	LIST_COSTLY = 1 << 0, /* compute expensive fields (default: literal <expensive field>) */
	LIST_ALL = 1 << 1,    /* --all: every record of the class, filters only checked */
	LIST_UNDERSCORE = 1
		<< 2, /* `vxe`: a filter may spell name-label as name_label, or name a field of vxe's own */
	/*
	 * params=all: the user asked for no field by name. In a list of many VMs guest agents are
	 * then not asked, because each needs a call; their fields become <expensive field>, too.
	 */
	LIST_WHOLE = 1 << 3,
	/* The command has found the VM of these objects already: no domain is adopted for them. */
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

/* Whether such a list asks libvirt in any case. */
bool list_asks_libvirt(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags);

/* Whether the state of one VM is all that such a list asks of libvirt: libvirt's files may tell it. */
bool list_asks_state(const struct view *v, const struct filter *filters, size_t n_filters,
	const struct field *const *fields, unsigned flags);

/* May take what is in @rows and leave it empty. */
typedef int rows_fn(void *ctx, struct rows *rows, struct vxe_error *err);
#define LIST_BATCH 256
/*
 * The same rows, LIST_BATCH at a time, so that a list of any length takes the memory of one batch. If an
 * error ends the list, earlier batches have been given out.
 */
int list_batches(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, rows_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;

/*
 * Updates the records that mirror something: adopts unknown domains, reads the machine's devices.
 */
int view_prepare(struct session *s, const struct view *v, struct vxe_error *err) _must_check_;
