/* SPDX-License-Identifier: MIT */
/* Clones and copies VMs, templates and snapshots. */
#pragma once

#include "objects/vm/new_vm.h"

/* The arguments of a clone or copy, and its results. */
struct clone_wish {
	const char *source;
	const char *name_label;
	const char *name_description; /* NULL: that of the source */
	const char *operation;	      /* xe's name of the operation, which the source must allow */
	bool full;		      /* copy the disks completely */
	/* SR for complete copies; NULL: each in its source disk's SR */
	const char *sr;
	char *uuid;    /* UUID of the new VM */
	bool unfrozen; /* result: the plan failed because a disk has to be frozen first */
	struct strv
		apart; /* result: names of snapshots that libvirt no longer lists; cleared at the end */
	/* Changes the new VM's record and devices before they are planned; may be NULL. */
	int (*shape)(struct making *m, const struct clone_wish *w, struct vxe_error *err);
};
/*
 * Freezes the source's disks if necessary, then runs the operation; does both again if somebody writes to the disks
 * in between.
 */
int clone_run(struct session *s, const struct op_type *type, struct clone_wish *w,
	struct vxe_error *err) _must_check_;

struct vm_clone_args {
	const char *name_label;
	const char *name_description; /* NULL: that of the source */
	/* for vm_copy(): SR of the copies; NULL: each in its source disk's SR */
	const char *sr;
};
/*
 * Makes a VM from a halted VM, or a template from a template or snapshot, with the source's disks: a clone shares its
 * layers, a copy has complete files. The memory of a checkpoint is dropped. *ret is the UUID of the new object.
 */
int vm_clone(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
int vm_copy(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
/* Checks that disks can be made in the SR; accepts NULL. Fails: UUID_INVALID, OPERATION_NOT_ALLOWED (an SR of ISOs). */
int sr_check_takes_disks(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
