/* SPDX-License-Identifier: MIT */
/* Prepares a list before it reads records. */
#pragma once

#include "objects/queries/list.h"

/* A filter of a list that an index of the store answers, so that only the matching objects of the class are read. */
struct list_key {
	const struct field *field; /* NULL: there is no such filter */
	const char *value;
};

bool list_key_is_uuid(const struct list_key *k);
bool list_key_is_name(const struct list_key *k);
/*
 * The first filter of a list that an index of the store answers. All filters before it must be correct: a wrong
 * filter is an error only while objects are left.
 */
struct list_key list_key_find(
	const struct view *v, const struct filter *filters, size_t n, unsigned flags);

/*
 * Makes records of the libvirt domains and snapshots that a list with the filter @k may show, and updates what else
 * the records mirror.
 */
int list_prepare(struct session *s, const struct view *v, const struct list_key *k, unsigned flags,
	struct vxe_error *err) _must_check_;
/*
 * Fails if the list needs libvirt and libvirt cannot be reached. A field that needs libvirt would fail anyway; but if
 * the store lacks domains, there may be no object left whose field would fail, and an empty list would mean "nothing
 * runs".
 */
int list_check_whole(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, const struct field *const *fields, unsigned flags,
	struct vxe_error *err) _must_check_;
