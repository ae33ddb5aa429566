/* SPDX-License-Identifier: MIT */
/*
 * Overlays that the user has prepared as the new layers of a snapshot (as for virsh: --reuse-external): empty overlays
 * on the disks' present files, each introduced as a VDI, one for each disk.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/disks/disks.h"
#include "objects/storage/vdi_loaded.h"

struct given_layer {
	struct vdi_loaded use;
	bool taken;
};
struct given {
	size_t n;
	struct given_layer *items;
};
void given_clear(struct given *g);
#define _cleanup_given_ _cleanup_(given_clear)

/*
 * Loads the VDIs of the prepared overlays, and adds locks on them to @p. Fails: UUID_INVALID, VDI_NOT_MANAGED,
 * VDI_READONLY; VDI_IN_USE(vdi, "snapshot") when a VM, a snapshot or a clone has such a VDI, VXE_DEPENDENTS when
 * another image or domain uses its file.
 */
int given_load(struct session *s, const struct strv *uuids, struct plan *p, struct given *ret,
	struct vxe_error *err) _must_check_;
/*
 * Finds the prepared overlay for the disk @d: the one whose backing file is the disk's own, however the overlay's
 * header names that; the result of @p deletes the overlay's VDI. OPERATION_NOT_ALLOWED if none or more than one is
 * found. Does nothing if no overlays were prepared.
 */
int given_place(struct session *s, struct given *g, const struct vm_disk *d,
	struct overlay_place *ret, struct plan *p, struct vxe_error *err) _must_check_;
/* Fails with OPERATION_NOT_ALLOWED unless each prepared overlay has become the new layer of a disk. */
int given_check_taken(const struct given *g, struct vxe_error *err) _must_check_;
