/* SPDX-License-Identifier: MIT */
/* The order of a list, and how much of it is shown. */
#pragma once

#include "objects/model/class.h"
#include "objects/session/session.h"

/* By the first field, and where that is equal by the second (may be NULL); then by UUID. */
struct list_order {
	const struct field *by[2]; /* NULL: by UUID */
	bool down;		   /* the largest first */
	bool limited;
	int64_t limit; /* objects */
};

/*
 * Numbers, times and truth values count as such, everything else as text in any case; a reference as the name of its
 * object, and objects of the same name apart. What has no value comes first.
 */
struct order_key {
	struct value values[2];
	char *texts[2]; /* NULL: the value counts */
};
void order_key_clear(struct order_key *k);
/* Reads what @o compares of an object. In a reader. */
int order_key_read(struct session *s, const struct list_order *o, const void *obj,
	struct order_key *ret, struct vxe_error *err) _must_check_;
/* As strcmp(); 0: equal in all fields. */
int order_compare(const struct list_order *o, const struct order_key *a, const struct order_key *b);
