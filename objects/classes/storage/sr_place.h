/* SPDX-License-Identifier: MIT */
/* Chooses the SR for new files, and checks whether files can be made in an SR now. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

/*
 * In a pool of several hosts: fails with SR_NOT_ATTACHED if the SR is one that they share, and what lies in its folder on this host is
 * not its storage (sr_judge_storage()). The error's detail is a sentence.
 */
int sr_check_storage(struct store *store, const struct sr *sr, struct vxe_error *err) _must_check_;
/*
 * Checks that the SR's files are there: this host has it, it is mounted (its marker is found; an SR of files
 * older than vxe has none) and belongs to this store. Fails: HOST_OFFLINE, SR_NOT_ATTACHED, SR_DEVICE_IN_USE.
 */
int sr_check_mounted(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
/*
 * sr_check_mounted() for whoever makes a file in the SR, whatever has chosen it: also SR_OPERATION_NOT_SUPPORTED for
 * one of CDs, which others may read, or of devices.
 */
int sr_check_takes_files(
	struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
/* *ret: the SR for new disks; NULL: the pool names none, or one that is gone. */
int sr_default(
	struct session *s, struct txn *t, struct sr **ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the SR for a new layer on @base: the SR of @base if SRs of its type take new disks, else the default SR. Fails:
 * DEFAULT_SR_NOT_FOUND.
 */
int overlay_sr(struct session *s, struct txn *t, const struct node *base, struct sr **ret,
	struct vxe_error *err) _must_check_;
