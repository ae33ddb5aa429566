/* SPDX-License-Identifier: MIT */
/* What the vm_import*.c files share among themselves; nothing else includes it. */
#pragma once

#include "objects/archive/vm_archive.h"
#include "objects/archive/vm_imported.h"
#include "objects/classes/storage/sr.h"
#include "objects/vm/vm_clone.h"

/* What one import works with. */
struct importing {
	const struct vm_import_args *args;
	struct download *download; /* where it comes from; NULL: a file or pipe */
	struct xva *archive;
	struct imported in;
	char *uuid;		     /* of the new VM */
	char *base;		     /* XML of its machine at home, vetted; NULL: unknown */
	struct domain_spec *machine; /* what that says */
	char *definition;	     /* XML of its domain, or of its hardware, here */
	struct strv macs;	     /* addresses of the cards here, beside in.vifs */
	struct vm_loaded *old; /* whose UUID it keeps and whose place it takes; NULL: nobody's */
	bool resumes;	       /* it comes with its memory, and that can be used */
	bool started;	       /* the stream was read: there is no second time */
	bool warned;
	int64_t total;
	struct session *s;
	struct op *op; /* NULL: as long as the document is read */
	int64_t asked; /* when it was last looked whether to stop, ms */
};

/*
 * Disks, drives and cards into the plan; the disks go to @sr. An extra of the plan, by the id of
 * the stream, is the node that the stream fills.
 */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;

/*
 * vm_import_memory.c: the VM is Suspended. Plans image and records; the steps make the empty file
 * (and remove it), and make the image that was read that of the new VM.
 */
void import_plan_memory(struct making *m, const struct sr *sr);
/* The file that the stream goes to; NULL: another stream, or memory that is dropped. */
const char *import_memory_path(const struct op *op, const struct importing *i, const char *id);
int step_make_memory(struct op *op, struct vxe_error *err);
int step_drop_memory(struct op *op, struct vxe_error *err);
int step_bind_memory(struct op *op, struct vxe_error *err);
/* Behind the commit point: what the result says of the image, also of whoever recovers. */
int step_seal_memory(struct op *op, struct vxe_error *err);

/*
 * vm_import_replace.c: with preserve=true. The VM of that UUID, if there is one that may be replaced.
 * Fails: VM_BAD_POWER_STATE, VM_TO_IMPORT_IS_NOT_NEWER_VERSION, DUPLICATE_MAC_SEED, VM_IS_SNAPSHOT,
 * OPERATION_NOT_ALLOWED.
 */
int import_find_old(struct session *s, struct importing *i, struct vxe_error *err) _must_check_;
/* Its devices go, its disks stay. Before making_plan(). */
void import_plan_old_end(struct making *m, const struct importing *i);
/* The step that defines the domain, its undo, and on which side of it a dead vxe left off. */
int step_define_imported(struct op *op, struct vxe_error *err);
int step_undefine_imported(struct op *op, struct vxe_error *err);
int probe_imported(struct op *op, struct vxe_error *err);
