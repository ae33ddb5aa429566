/* SPDX-License-Identifier: MIT */
/*
 * pool-reconcile: a person says that the database's records are the right ones although hosts have seen later ones, as after it
 * was restored from a backup. Until then no host does anything with them (store/postgresql/pg_seen.c).
 */
#pragma once

#include "objects/model/value.h"
#include "objects/session/session.h"

struct reconcile_wishes {
	const struct strv *without; /* UUIDs of hosts that are off for good, and are not asked */
	const struct map
		*homes; /* UUID of a VM to UUID of the host that has the right definition of it */
};

/*
 * Compares the records with the definitions that the hosts' libvirts have, and takes the newer side: a VM is at home where its
 * definition is; of several, where its disks are on more layers of the same line, never by a time. Nothing is removed but the
 * records of operations that were in progress, which would undo or end what was ended since. All or nothing. Needs a session that
 * was opened with session_config.reconcile. Fails: HOST_OFFLINE, with a notice, for a host that does not answer;
 * VXE_HOME_UNCLEAR for a VM whose definitions are no one line, after a notice for each such VM; INVALID_VALUE for a wish that
 * cannot be.
 */
int pool_reconcile(struct session *s, const struct reconcile_wishes *wishes,
	struct vxe_error *err) _must_check_;
