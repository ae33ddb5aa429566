/* SPDX-License-Identifier: MIT */
/* What the files vm_imported*.c share, and no others use. */
#pragma once

#include "objects/archive/vm_imported.h"

/* Reads a VBD or VIF into the VM or snapshot to which it belongs. Of others only the streams matter. */
int imported_read_vbd(
	struct imported *i, const struct ova *object, struct vxe_error *err) _must_check_;
int imported_read_vif(
	struct imported *i, const struct ova *object, struct vxe_error *err) _must_check_;
/* Adds memory images, which are in the stream even if nothing refers to them. */
int imported_add_memory(
	struct imported *i, const struct ova *vdi, struct vxe_error *err) _must_check_;
/* When all disks are read: finds for each disk of a snapshot that of the VM. */
void imported_find_origins(struct imported *i);
/* Sorts the streams as in the archive, and keeps each once: two devices may have the same disk. */
void imported_sort_streams(struct imported *i);
