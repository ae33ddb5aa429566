/* SPDX-License-Identifier: MIT */
/* Clones and copies of VMs, templates and snapshots. */
#pragma once

#include "objects/vm/vm_making.h"

/* What is to be made of a source. */
struct clone_wish {
	const char *source;
	const char *name_label;
	const char *name_description; /* NULL: the source's */
	const char *operation;	      /* xe's word that the source must allow */
	bool full;		      /* whole copies of the disks */
	const char *sr;		      /* of full copies; NULL: where each disk is */
	char *uuid;		      /* of the new VM */
	bool unfrozen;		      /* the plan failed for a disk that is written to */
	/* More on the record and devices before they are planned; may be NULL. */
	int (*shape)(struct making *m, const struct clone_wish *w, struct vxe_error *err);
};
int clone_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Freezes the source's disks where that is needed and runs the operation, as often as somebody
 * writes to them in between.
 */
int clone_run(struct session *s, const struct op_type *type, struct clone_wish *w,
	struct vxe_error *err) _must_check_;

struct vm_clone_args {
	const char *name_label;
	const char *name_description; /* NULL: the source's */
	const char *sr; /* vm_copy: where the copies go; NULL: each beside its source */
};
/*
 * A new VM of a halted VM, a template of a template or snapshot, with the source's disks: a clone
 * shares its layers, a copy has whole files. Memory of a checkpoint is dropped. *ret is the UUID.
 */
int vm_clone(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
int vm_copy(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err) _must_check_;
/* NULL, or an SR in which disks can be made: else UUID_INVALID, OPERATION_NOT_ALLOWED (ISOs). */
int sr_check_takes_disks(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
