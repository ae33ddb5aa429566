/* SPDX-License-Identifier: MIT */
/*
 * The records of a pool that leave it with a host: the host's own, its VMs with their snapshots, the SRs that no other
 * host is connected to with all that lies in them, and templates with disks there. Networks, schedules and appliances that
 * they refer to stay, and the host gets copies. Settings that name what is on the other side are emptied; content that
 * does so cannot be parted.
 *
 * A dead host that is forgotten gets nothing. Of the VMs that it had, those go whose disks do; a drive of another one is
 * empty then, and what it has besides (a memory image, UEFI variables) is lost.
 */
#pragma once

#include "objects/pool/pool_records.h"

struct pool_leave {
	bool last; /* the host is the last one: all leaves */
	/* the documents of the host's own store, by class and UUID; of a host that is forgotten none */
	struct json_object *leaves;
	struct json_object *changed; /* those that stay in the pool and change, likewise */
	struct json_object
		*gone; /* those that leave the pool, likewise; the documents mean nothing */
};
void pool_leave_clear(struct pool_leave *l);

/*
 * Plans what leaves the pool, whose documents are @all, with @host. @own: the UUID of the pool's record of the host's own
 * store; NULL: the host is forgotten. Fails with VXE_TIED_TO_POOL if content on both sides belongs together.
 */
int pool_leave_plan(struct session *s, struct json_object *all, const char *host, const char *own,
	struct pool_leave *ret, struct vxe_error *err) _must_check_;
