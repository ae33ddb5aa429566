/* SPDX-License-Identifier: MIT */
/*
 * Drift: changes that other programs made to a VM's definition and disks (virsh edit, attach, snapshot, blockcommit).
 * The records take such a change over, or the change is refused and the file named.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm_loaded.h"

/* A file whose write bits must change because its place in the chain has changed. */
struct drift_mode {
	char *path;
	/* true @freeze: the mode before the write bits are taken; else the mode to set */
	int64_t mode;
	/* true: the file is below another program's layer now; false: the guest writes to it again */
	bool freeze;
};

/* An overlay, and whether it has data. */
struct drift_overlay {
	char *path;
	bool touched;
};

/*
 * One comparison of a VM's definition with its records. The same code runs twice: first in a read transaction, where
 * it only notes that something changed; then, if so, in a write transaction.
 */
struct drift {
	struct session *s;
	struct txn *t;
	const char *vm;
	const struct domain_spec *spec; /* what the inactive XML says */
	/* result: for each disk the first layer on which definition and image headers disagree */
	struct vm_loaded *loaded;
	bool write;
	bool changed;
	bool needs_facts; /* the comparison cannot be made without libvirt's networks and pools */
	size_t n_modes;
	/* collected by the first run of the comparison, and set before the second */
	struct drift_mode *modes;
	/* what the first run has asked children, for which no write transaction waits */
	size_t n_overlays;
	struct drift_overlay *overlays;
	bool guarded;	 /* memory_may_be_left() */
	bool relabelled; /* the VM has another name-label than before */
};

/* ---- drift_disk.c ---------------------------------------------------------------------------- */

/*
 * Compares the layers that a disk has on record with the backing chain of @path, the file that the definition names.
 */
int drift_layers(struct drift *d, struct vdi *vdi, const struct spec_disk *disk, const char *path,
	struct vxe_error *err) _must_check_;

/* ---- drift.c --------------------------------------------------------------------------------- */

/*
 * *ret: an operation that is not completed yet works on the VM or on a layer of its disks; if its process is dead, it
 * must be recovered first.
 */
int vm_in_motion(struct session *s, const char *vm, bool *ret, struct vxe_error *err) _must_check_;
/*
 * True if the VM's definition agrees with its records in everything and no operation works on the VM. Asks libvirt
 * nothing.
 */
bool drift_is_none(struct session *s, struct vm_loaded *l);
/*
 * Compares a VM's definition with its records and updates the records; the disks of @l get the first layers on which
 * definition and image headers disagree. @generation is that of the store before the definition was read: if the
 * store has changed since, nothing is done. Returns 0: no difference; 1: the VM must be loaded again; -1: refused or
 * failed.
 */
int drift_take_over(struct session *s, struct vm_loaded *l, int64_t generation,
	struct vxe_error *err) _must_check_;
