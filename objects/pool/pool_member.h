/* SPDX-License-Identifier: MIT */
/*
 * What a host of a pool knows for itself while the store of the pool cannot be asked, in two notes:
 * - until its next boot, that it has seen the store, and which VMs were at home here then. Of a host that comes back after a
 *   power cut only the store tells which are its own by now;
 * - for ever, which domains of its libvirt are, or have been, VMs of the pool: their definitions need not have vxe's mark.
 */
#pragma once

#include "objects/session/session.h"

/* Brings both notes up to date. Does nothing on a host of no pool. A note that cannot be written is only logged. */
int pool_member_note(struct session *s, struct vxe_error *err) _must_check_;
/*
 * True if there is a note of this boot (*noted) by @host, of the pool in the store @store, that the VM with this UUID is at home
 * here.
 */
bool pool_member_is_home(const struct session_config *c, const char *store, const char *host,
	const char *uuid, bool *noted);
/* True if @uuid is noted as a domain of the pool; @c: of the host's own store. */
bool pool_member_has(const struct session_config *c, const char *uuid);
/* By what it is seen whether the files of both notes are those that were read or written before. Owned. */
char *pool_member_signs(const struct session *s);
