/* SPDX-License-Identifier: MIT */
/*
 * Drift: what others did to a VM's definition and disks beside vxe (virsh edit, attach, snapshot,
 * blockcommit) is taken over into the records, or refused with the file named.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/classes/storage/vdi.h"

/* The write bits of a file that changed its part in the chain. */
struct drift_mode {
	char *path;
	int64_t mode; /* to give it, or what freezing found */
	bool freeze;  /* it lies under somebody else's layer now; else it is written again */
};

/*
 * One comparison. It runs twice with the same code: first in a read transaction, where it only
 * notes that something changed, then, if so, in a write transaction.
 */
struct drift {
	struct session *s;
	struct txn *t;
	const char *vm;
	const struct domain_spec *spec; /* inactive */
	bool write;
	bool changed;
	bool needs_facts; /* libvirt's networks and pools have to be asked for */
	size_t n_modes;
	struct drift_mode *modes; /* gathered by the first run, applied before the second */
};

/* ---- drift_disk.c ---------------------------------------------------------------------------- */

/* The layers of a disk with a node, against the file that the definition names. */
int drift_layers(struct drift *d, struct vdi *vdi, const char *path, const char *format,
	struct vxe_error *err) _must_check_;

/* ---- drift.c --------------------------------------------------------------------------------- */

/* True while an intent names the VM or a layer of its disks: recovery comes before judging. */
int vm_in_motion(struct session *s, const char *vm, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Compares and takes over. @generation is the store's from before the definition was read: when it
 * moved meanwhile nothing is judged. 0: all as on record; 1: load again; -1: refused or failed.
 */
int drift_take_over(struct session *s, const char *vm, const struct domain_spec *spec,
	int64_t generation, struct vxe_error *err) _must_check_;
