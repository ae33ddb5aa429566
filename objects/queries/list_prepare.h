/* SPDX-License-Identifier: MIT */
/* What is done before a list reads records. */
#pragma once

#include "objects/queries/list.h"

/* A filter that an index answers: the rest of the class need not be read. */
struct list_key {
	const struct field *field; /* NULL: there is no such filter */
	const char *value;
};

bool list_key_is_uuid(const struct list_key *k);
bool list_key_is_name(const struct list_key *k);
/*
 * The first filter that an index answers. The filters before it must be correct, because a wrong one
 * is an error only while objects are left.
 */
struct list_key list_key_find(
	const struct view *v, const struct filter *filters, size_t n, unsigned flags);

/* Adopts the domains and snapshots that a list by the key may show, and updates what else the records mirror. */
int list_prepare(struct session *s, const struct view *v, const struct list_key *k, unsigned flags,
	struct vxe_error *err) _must_check_;
/*
 * A getter that needs libvirt fails without libvirt. But if the store may lack domains, there may
 * be no object left to call the getter for; then the whole list fails, because an empty list would
 * mean "nothing runs".
 */
int list_check_whole(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, const struct field *const *fields, unsigned flags,
	struct vxe_error *err) _must_check_;
