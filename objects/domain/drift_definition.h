/* SPDX-License-Identifier: MIT */
/* Drift of settings, disks and cards. */
#pragma once

#include "objects/domain/drift.h"

/* One run over settings, disks and cards. */
int drift_compare(struct drift *d, struct vxe_error *err) _must_check_;
/*
 * VXE_DISK_CHANGED: the definition names @found, the disk on record is @file. And the same of the
 * layers below, where the definition is as it was, or of a guard, with their own ways out.
 */
int drift_refuse(const struct drift *d, const char *file, const char *found, struct vxe_error *err);
int drift_refuse_below(
	const struct drift *d, const char *file, const char *found, struct vxe_error *err);
/* The command that takes a side, up to which; with the VM's UUID to be put in. */
#define CHANGED_WAY "vm-adopt-disks uuid=%s keep"
