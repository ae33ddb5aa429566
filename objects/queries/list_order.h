/* SPDX-License-Identifier: MIT */
/* The order of a list, and how much of it is shown. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* The order of a list: by the first field, then by the second (may be NULL), then by UUID. */
struct list_order {
	const struct field *by[2]; /* NULL: by UUID */
	bool down;		   /* largest first */
	bool limited;
	int64_t limit; /* shows at most so many objects */
};

/*
 * Sorts objects by a list's order: *ret, an array of @n, gets the index of the first object, of the second, and so
 * on. Numbers, times and truth values are compared by value, all else as text without regard to case; references are
 * compared by the name of the referred object, then by its UUID. Objects without a value come first. reader_begin()
 * must be in force.
 */
int order_places(struct session *s, const struct list_order *o, const struct record *const objs[],
	size_t n, size_t ret[], struct vxe_error *err) _must_check_;
