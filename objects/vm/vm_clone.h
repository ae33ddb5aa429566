/* SPDX-License-Identifier: MIT */
/* Clones and copies of VMs, templates and snapshots. */
#pragma once

#include "objects/vm/new_vm.h"

/* The wish for a clone or copy. */
struct clone_wish {
	const char *source;
	const char *name_label;
	const char *name_description; /* NULL: the source's */
	const char *operation;	      /* xe's name of the operation that the source must allow */
	bool full;		      /* complete copies of the disks */
	const char *sr;		      /* of complete copies; NULL: the SR of each disk */
	char *uuid;		      /* of the new VM */
	bool unfrozen;		      /* the plan failed because a disk must be frozen */
	struct strv apart; /* names of snapshots that libvirt forgets; cleared at the end */
	/* Changes the record and devices before they are planned; may be NULL. */
	int (*shape)(struct making *m, const struct clone_wish *w, struct vxe_error *err);
};
int clone_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Freezes the source's disks if necessary and runs the operation; repeats this if somebody writes
 * to them in between.
 */
int clone_run(struct session *s, const struct op_type *type, struct clone_wish *w,
	struct vxe_error *err) _must_check_;

struct vm_clone_args {
	const char *name_label;
	const char *name_description; /* NULL: the source's */
	const char *sr; /* vm_copy: where the copies go; NULL: each beside its source */
};
/*
 * Makes a VM from a halted VM, or a template from a template or snapshot, with the source's disks:
 * a clone shares its layers, a copy has complete files. The memory of a checkpoint is dropped. *ret
 * is the UUID.
 */
int vm_clone(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
int vm_copy(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * Accepts NULL, or an SR in which disks can be made: else UUID_INVALID, OPERATION_NOT_ALLOWED
 * (ISOs).
 */
int sr_check_takes_disks(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
