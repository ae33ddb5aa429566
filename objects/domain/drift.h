/* SPDX-License-Identifier: MIT */
/*
 * Drift: changes that other programs made to a VM's definition and disks (virsh edit, attach,
 * snapshot, blockcommit). The records take them over, or the change is refused and the file named.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm_loaded.h"

/* A file whose write bits must change because its place in the chain has changed. */
struct drift_mode {
	char *path;
	int64_t mode; /* the mode to set; with @freeze the mode before */
	bool freeze; /* true: it is below another program's layer now; false: it is written to again */
};

/*
 * One comparison. The same code runs twice: first in a read transaction, where it only notes that
 * something changed; then, if so, in a write transaction.
 */
struct drift {
	struct session *s;
	struct txn *t;
	const char *vm;
	const struct domain_spec *spec; /* what the inactive XML says */
	/* gets for each disk the first layer that definition and headers do not agree on */
	struct vm_loaded *loaded;
	bool write;
	bool changed;
	bool needs_facts; /* the comparison needs libvirt's networks and pools */
	size_t n_modes;
	struct drift_mode *modes; /* collected by the first run, and set before the second */
};

/* ---- drift_disk.c ---------------------------------------------------------------------------- */

/* Compares the recorded layers of a disk with those of @path, the file that the definition names. */
int drift_layers(struct drift *d, struct vdi *vdi, const struct spec_disk *disk, const char *path,
	struct vxe_error *err) _must_check_;

/* ---- drift.c --------------------------------------------------------------------------------- */

/* True while an intent names the VM or a layer of its disks: then the operation must be recovered first. */
int vm_in_motion(struct session *s, const char *vm, bool *ret, struct vxe_error *err) _must_check_;
/*
 * True if the definition agrees with the records in everything and no operation works on the VM. Asks libvirt
 * nothing.
 */
bool drift_is_none(struct session *s, struct vm_loaded *l);
/*
 * Compares, and takes changes over; the disks of @l get what is odd below them. @generation is the store's from before the definition was read:
 * if the store has changed since, nothing is done. 0: no change; 1: load again; -1: refused or
 * failed.
 */
int drift_take_over(struct session *s, struct vm_loaded *l, int64_t generation,
	struct vxe_error *err) _must_check_;
