/* SPDX-License-Identifier: MIT */
/*
 * libvirt's storage pool of the SR "Local storage", by which other programs see the images in its folder. It is defined
 * with the first image in the SR, because the first use of vxe, which may be a list, changes nothing in libvirt. The
 * pools of other SRs are made by sr-create and pbd-plug.
 */
#pragma once

#include "backends/hv/hv.h"
#include "objects/session/session.h"

/*
 * libvirt's pool of the folder @path, whose name may be spelled in another way; NULL: there is none. Borrowed from the
 * pools that session_facts() has read, which the caller has called.
 */
const struct hv_pool *sr_pool_at(const struct session *s, const char *path);
/*
 * Called when there is an image in the SR @sr: defines its pool if that is still to be done (sr.pool_due). vxe itself
 * does not need the pool, so a failure is a warning, and the pool is not tried again. If vxe dies before, or if libvirt
 * cannot be reached, the next call does it.
 */
void sr_pool_come(struct session *s, const char *sr);
/*
 * In a dry run: changes the SR's record in the transaction as sr_pool_come() would, and adds the folder of the pool that
 * would be defined to @paths.
 */
int sr_pool_foresee(
	struct txn *t, const char *sr, struct strv *paths, struct vxe_error *err) _must_check_;
