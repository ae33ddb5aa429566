/* SPDX-License-Identifier: MIT */
/* What the files vm_imported*.c share, and no others use. */
#pragma once

#include "objects/archive/vm_imported.h"

/* Reads the settings that both VMs and snapshots have into @of, which is @i or one of its snapshots. */
int imported_read_settings(
	struct imported *i, struct imported *of, struct vxe_error *err) _must_check_;
/*
 * Read a VBD or VIF of the document into the VM or snapshot to which it belongs. Of the devices of other VMs only the
 * disks' contents in the archive are noted.
 */
int imported_read_vbd(
	struct imported *i, const struct ova *object, struct vxe_error *err) _must_check_;
int imported_read_vif(
	struct imported *i, const struct ova *object, struct vxe_error *err) _must_check_;
/* Adds a memory image to the list of contents in the archive, where it is even if no record refers to it. */
int imported_add_memory(
	struct imported *i, const struct ova *vdi, struct vxe_error *err) _must_check_;
/* Gives each disk of the VM or snapshot @of, when all are read, a position of its own. IMPORT_ERROR. */
int imported_place_disks(
	struct imported *i, struct imported *of, struct vxe_error *err) _must_check_;
/* Finds, when all disks of the document are read, for each disk of a snapshot the VM's disk from which it was taken. */
void imported_find_origins(struct imported *i);
/*
 * Sorts the list of contents as the archive has them, and removes duplicates, because two devices may have the same
 * disk.
 */
void imported_sort_streams(struct imported *i);
