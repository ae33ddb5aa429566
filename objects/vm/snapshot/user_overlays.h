/* SPDX-License-Identifier: MIT */
/*
 * New layers of a snapshot that the user has made himself (virsh: --reuse-external): empty overlays on the disks' present
 * files, each introduced as a VDI, one for each disk.
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
 * Loads the VDIs, and locks them in @p. UUID_INVALID, VDI_NOT_MANAGED, VDI_READONLY; VDI_IN_USE(vdi, "snapshot") when a VM,
 * a snapshot or a clone has it, VXE_DEPENDENTS when another image or domain does.
 */
int given_load(struct session *s, const struct strv *uuids, struct plan *p, struct given *ret,
	struct vxe_error *err) _must_check_;
/*
 * The place of the new layer of @d: the given one whose backing file is the disk's own, however its header names that;
 * its VDI goes with the result of @p. OPERATION_NOT_ALLOWED: none is, or more than one. Does nothing without VDIs.
 */
int given_place(struct session *s, struct given *g, const struct vm_disk *d,
	struct overlay_place *ret, struct plan *p, struct vxe_error *err) _must_check_;
/* Fails with OPERATION_NOT_ALLOWED unless each overlay is the new layer of some disk. */
int given_check_taken(const struct given *g, struct vxe_error *err) _must_check_;
