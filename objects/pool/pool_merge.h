/* SPDX-License-Identifier: MIT */
/*
 * The records of a host on their way into a pool of other hosts. What the pool has already is left out: the record of the
 * pool, the types of storage, roles and users, the default templates that nobody has changed or used, and networks:
 * those of libvirt with the name of one in the pool, and bridges with the same name. References to these are changed to
 * the pool's objects. The host gets a PBD of each SR that the pool shares.
 */
#pragma once

#include "objects/model/record.h"
#include "objects/pool/pool_records.h"

struct pool_merge {
	char *pool;		 /* UUID of the pool */
	struct json_object *all; /* the documents to be added, as in struct host_records */
	struct map same; /* UUIDs of objects that are left out, and of the pool's in their places */
	struct records networks; /* those of the pool */
	struct strv shared;	 /* UUIDs of those that are networks of this host now, too */
	struct strv
		not_attached; /* sentences on SRs that the pool shares and this host cannot reach */
};
void pool_merge_clear(struct pool_merge *m);
#define _cleanup_merge_ _cleanup_(pool_merge_clear)

/*
 * Plans how the records @r of the session's host come into the pool whose store @t reads; session_networks() was called.
 * Fails: VXE_NO_POOL, VXE_UUID_IN_POOL.
 */
int pool_merge_plan(struct session *s, const char *where, const struct host_records *r,
	struct txn *t, struct pool_merge *ret, struct vxe_error *err) _must_check_;
/* Writes what was planned. */
int pool_merge_put(struct txn *t, const struct pool_merge *m, struct vxe_error *err) _must_check_;
/* Shows the user of a dry run what is copied, shared and left out. */
void pool_merge_show(struct session *s, const struct host_records *r, const struct pool_merge *m);
