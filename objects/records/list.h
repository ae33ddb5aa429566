/* SPDX-License-Identifier: MIT */
/*
 * Lists and selection: the objects of a view that pass filters, with the values of the fields
 * asked for. Documents are parsed only for fields that are no columns of the store.
 */
#pragma once

#include "objects/model/class.h"

/* A `key=value` filter as typed. */
struct filter {
	const char *key; /* "name-label", "other-config:owner", "tags:contains" */
	const char *value;
};

/* Takes text piece by piece; not 0 ends the writing, which returns it. */
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
	LIST_UNDERSCORE = 1 << 2, /* `vxe`: a filter may spell name-label as name_label */
	/*
	 * params=all: nobody asked for a field by its name. Where many VMs are listed, guests' agents
	 * are not asked then, as that takes a call for each; their fields are <expensive field>, too.
	 */
	LIST_WHOLE = 1 << 3,
};

/*
 * Filters apply in order after the view's own; a filter is looked at only while records are left
 * (xe's rule), so `Unknown field` needs one. Errors: cli.md 1.4 and 3.1. Adopts unknown domains
 * first where the class says so. Where libvirt cannot be reached a field or filter that needs it is
 * an error; what the store has is listed, with the session's warning. @fields closed by NULL, any order; rows hold them in record order.
 */
int list_rows(struct session *s, const struct view *v, const struct filter *filters,
	size_t n_filters, const struct field *const *fields, unsigned flags, struct rows *ret,
	struct vxe_error *err) _must_check_;

/* Takes in what the view's records mirror: unknown domains, the machine's devices. */
int view_prepare(struct session *s, const struct view *v, struct vxe_error *err) _must_check_;
