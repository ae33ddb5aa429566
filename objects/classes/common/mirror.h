/* SPDX-License-Identifier: MIT */
/*
 * Records that mirror something of the machine's: brought in step before they are listed. What
 * users set on them stays as long as the thing itself does.
 */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* Takes over what the machine decides from @want; true when that changed anything. */
typedef bool mirror_fn(void *have, const void *want);
/*
 * @want holds all records of its class that there should be: missing ones are put, others taken
 * away, those that are there updated by @take (may be NULL). Writes only what differs.
 */
int mirror_records(struct session *s, const struct records *want, mirror_fn *take,
	struct vxe_error *err) _must_check_;
/* Adds a new object of the class; its UUID is derived from the host's and @name. Borrowed. */
void *mirror_add(struct session *s, struct records *want, const char *name);

/* The refresh of the classes (struct class). */
int interfaces_refresh(struct session *s, struct vxe_error *err) _must_check_;
int host_cpus_refresh(struct session *s, struct vxe_error *err) _must_check_;
int roles_refresh(struct session *s, struct vxe_error *err) _must_check_;
