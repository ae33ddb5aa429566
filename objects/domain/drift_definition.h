/* SPDX-License-Identifier: MIT */
/* Compares a VM's settings, disks and network cards on record with its definition. */
#pragma once

#include "objects/domain/drift.h"

/* Compares settings, disks and cards once. */
int drift_compare(struct drift *d, struct vxe_error *err) _must_check_;
/*
 * Both functions fail with VXE_DISK_CHANGED: the definition names the file @found, but the record of the disk has
 * @file. drift_refuse_below() is for layers below the top one, when the definition itself has not changed; its
 * message names other commands that resolve this.
 */
int drift_refuse(const struct drift *d, const char *file, const char *found, struct vxe_error *err);
int drift_refuse_below(
	const struct drift *d, const char *file, const char *found, struct vxe_error *err);
/*
 * The beginning of the command by which the user decides whether the definition or the record of a disk is right; %s
 * is the VM's UUID.
 */
#define CHANGED_WAY "vm-adopt-disks uuid=%s keep"
