/* SPDX-License-Identifier: MIT */
/* Compares settings, disks and cards with the definition. */
#pragma once

#include "objects/domain/drift.h"

/* Compares settings, disks and cards once. */
int drift_compare(struct drift *d, struct vxe_error *err) _must_check_;
/*
 * VXE_DISK_CHANGED: the definition names @found, the disk on record is @file. The second function
 * is for layers below, when the definition itself has not changed; it names other ways out.
 */
int drift_refuse(const struct drift *d, const char *file, const char *found, struct vxe_error *err);
int drift_refuse_below(
	const struct drift *d, const char *file, const char *found, struct vxe_error *err);
/* The beginning of the command by which the user decides which side is right; %s is the VM's UUID. */
#define CHANGED_WAY "vm-adopt-disks uuid=%s keep"
