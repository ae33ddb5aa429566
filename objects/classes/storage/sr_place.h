/* SPDX-License-Identifier: MIT */
/* Chooses the SR for new files, and checks whether files can be made in an SR now. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

/*
 * Checks that new files may be made in the SR: this host has it, it is mounted (its marker is found; an SR of files
 * older than vxe has none) and belongs to this store. Fails: HOST_OFFLINE, SR_NOT_ATTACHED, SR_DEVICE_IN_USE.
 */
int sr_check_mounted(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
/* *ret: the SR for a new layer on @base: the SR of @base if SRs of its type take new disks, else the default SR. */
int overlay_sr(struct session *s, struct txn *t, const struct node *base, struct sr **ret,
	struct vxe_error *err) _must_check_;
