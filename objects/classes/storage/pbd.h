/* SPDX-License-Identifier: MIT */
/* PBD: the connection of a host to an SR, and its device-config; and by them, which SRs this host has. */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

struct pbd {
	struct record r;
	char *host;
	char *sr;
	struct map device_config;
	struct map other_config;
	/* in a pool: this host has unplugged it, while the SR may be plugged elsewhere (sr.detached: it is nowhere) */
	bool unplugged;
};

RECORD_TYPE(pbd)

/* Makes the PBD of an attached SR; the PBD's UUID is derived from the SR's. */
int pbd_put(struct txn *t, const char *host, const char *sr, const struct map *device_config,
	struct vxe_error *err) _must_check_;

/*
 * Which SRs this host has: those with a PBD of it. A folder of another host's SR may have a namesake here with other
 * files, so nobody looks for the files of such an SR here, or takes files here for its. In a store of one host every SR
 * is the host's, also one without a PBD, and none of these functions asks the store for PBDs.
 */

/* Returns 1 if this host has the SR with the UUID @sr (NULL: no SR, which is nobody else's), 0 if not. */
int sr_is_here(
	struct session *s, struct txn *t, const char *sr, struct vxe_error *err) _must_check_;
/* As sr_is_here(), but 0 also if this host has unplugged the SR; in a store of one host the SR's record says so. */
int sr_is_plugged(
	struct session *s, struct txn *t, const struct sr *sr, struct vxe_error *err) _must_check_;
/* *ret: all SRs of this host; "detached" of each says whether this host has unplugged it. Not to be saved. */
int srs_here(
	struct session *s, struct txn *t, struct records *ret, struct vxe_error *err) _must_check_;
/* *ret: the UUIDs of all SRs that this host does not have; for loops over many records. */
int srs_elsewhere(
	struct session *s, struct txn *t, struct strv *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the SR with the UUID @sr, a default of the pool; where another host has it, this host's own "Local storage"
 * instead, if there is one. NULL in *ret if the SR does not exist.
 */
int sr_default_here(struct session *s, struct txn *t, const char *sr, struct sr **ret,
	struct vxe_error *err) _must_check_;
/* True if @sr is one of @srs; @sr NULL: no SR. */
static inline bool sr_is_among(const struct strv *srs, const char *sr)
{
	return sr && strv_has(srs, sr);
}
/*
 * Fails with HOST_OFFLINE, which names a host that has the SR, if another host has it, and this one not; not for an SR
 * without PBDs, which is unplugged (sr.detached). @sr NULL: no SR.
 */
int sr_check_here(
	struct session *s, struct txn *t, const char *sr, struct vxe_error *err) _must_check_;
