/* SPDX-License-Identifier: MIT */
/*
 * Records that mirror things of the host, such as its network interfaces: they are brought up to date before they are
 * listed. Values that users have set stay until the record is deleted.
 */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

#include <stddef.h>

/*
 * Copies to the record @have those values of the record @want that the host decides, not those that users set; true if
 * that changed anything.
 */
typedef bool mirror_fn(void *have, const void *want);
/*
 * Makes this host's records of one class equal to @want: adds missing records, deletes others, and updates existing
 * ones by @take (NULL: not at all). Writes only differences. @host_at: where a record has the UUID of its host, by
 * offsetof(); the records of other hosts are left alone. MIRROR_SHARED: the records are the same on all hosts.
 */
int mirror_records(struct session *s, const struct records *want, size_t host_at, mirror_fn *take,
	struct vxe_error *err) _must_check_;
#define MIRROR_SHARED 0
/*
 * Adds a new record to @want, with a UUID that is derived from the host's UUID and @name. Returns the record, borrowed.
 */
void *mirror_add(struct session *s, struct records *want, const char *name);

/* The member `refresh` of the classes of network interfaces: brings their records up to date with the host. */
int interfaces_refresh(struct session *s, struct vxe_error *err) _must_check_;
