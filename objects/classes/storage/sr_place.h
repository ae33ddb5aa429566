/* SPDX-License-Identifier: MIT */
/* Which SR takes new files, and whether files can be made there now. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

/*
 * Checks that new files may be made there: the SR is mounted (its marker is found; an SR of files
 * older than vxe has none) and belongs to this store. Fails: SR_NOT_ATTACHED, SR_DEVICE_IN_USE.
 */
int sr_check_mounted(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
/* The SR for new files of this VDI: that of @base if files can be made there, else the default SR. */
int overlay_sr(struct session *s, struct txn *t, const struct node *base, struct sr **ret,
	struct vxe_error *err) _must_check_;
