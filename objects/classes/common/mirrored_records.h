/* SPDX-License-Identifier: MIT */
/*
 * Records that mirror something of the machine: they are updated before they are listed. Values set
 * by users stay as long as the record.
 */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* Copies to @have the values of @want that the machine decides; true when that changed anything. */
typedef bool mirror_fn(void *have, const void *want);
/*
 * @want holds all records that its class should have: missing ones are added, others deleted,
 * existing ones updated by @take (may be NULL). Writes only differences.
 */
int mirror_records(struct session *s, const struct records *want, mirror_fn *take,
	struct vxe_error *err) _must_check_;
/* Adds a new object of the class; its UUID is derived from the host's and @name. Borrowed. */
void *mirror_add(struct session *s, struct records *want, const char *name);

/* Functions for the member refresh of struct class. */
int interfaces_refresh(struct session *s, struct vxe_error *err) _must_check_;
