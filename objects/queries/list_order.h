/* SPDX-License-Identifier: MIT */
/* The order of a list, and how much of it is shown. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* Sorts by the first field, then by the second (may be NULL), then by UUID. */
struct list_order {
	const struct field *by[2]; /* NULL: by UUID */
	bool down;		   /* largest first */
	bool limited;
	int64_t limit; /* shows at most so many objects */
};

/*
 * The places of the objects in that order: *ret, of @n, has the index of the first, the second ... Numbers, times and
 * truth values count as such, everything else as text in any case; a reference as the name of its object, and objects of
 * the same name apart. What has no value comes first. In a reader.
 */
int order_places(struct session *s, const struct list_order *o, const struct record *const objs[],
	size_t n, size_t ret[], struct vxe_error *err) _must_check_;
