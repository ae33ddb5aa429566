/* SPDX-License-Identifier: MIT */
/*
 * What clone, copy and install share. A clone's disks stand on frozen layers of its source; those
 * of a copy are whole files. The source is only read: what of it is still written to is frozen
 * beforehand, by an operation of its own that changes no content.
 */
#pragma once

#include "objects/domain/vm_copy.h"
#include "objects/engine/op.h"
#include "objects/state/capture_bytes.h"
#include "objects/vm/vm_ops.h"

/* The new VM while it is planned. Records are owned. */
struct making {
	struct session *s;
	struct txn *t;
	struct plan *p;
	struct vm *vm;
	const struct vm *source; /* NULL: none. Borrowed */
	struct records vbds, vdis, vifs;
	struct strv cards;	  /* which of the base's they are (vif_card()), beside vifs */
	struct strv paths;	  /* of the disks, beside vbds; "": none of ours */
	struct strv formats;	  /* beside paths */
	int64_t bytes;		  /* that the copies planned so far may take */
	const char *base;	  /* XML; NULL: a new machine. Borrowed */
	const char *libvirt_name; /* NULL: a VM's is chosen, a template gets none. Borrowed */
	const struct captures
		*state; /* UEFI variables and TPM state; NULL: the source's. Borrowed */
	bool abroad;	/* the base comes from another host */
};
void making_clear(struct making *m);
/*
 * Hand a device over to the new VM; @vdi may be NULL, @path "" for what is no file of ours. An image
 * that is made for it is always qcow2.
 */
void making_add_disk(struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path);
void making_add_file(
	struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path, const char *format);
void making_add_vif(struct making *m, struct vif *vif, const char *card);
/*
 * Plans records and definition. A VM gets a domain, and its definition is the commit point; of a
 * template the XML is kept, and the store commits.
 */
int making_plan(struct making *m, struct vxe_error *err) _must_check_;

/* The step that defines the new domain (none for a template), its undo, and what it left behind. */
int step_make_domain(struct op *op, struct vxe_error *err);
int step_unmake_domain(struct op *op, struct vxe_error *err);
int probe_made_domain(struct op *op, struct vxe_error *err);
/* Copies every disk of the plan that has no backing file but a source (old_path); its undo. */
int step_copy_disks(struct op *op, struct vxe_error *err);
int step_remove_copies(struct op *op, struct vxe_error *err);

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

/* True for a disk whose content goes along; CDs and read-only disks stay references. */
bool clone_takes(const struct vm_disk *d);
/*
 * The frozen node that holds what the disk holds: its own, or the one below an overlay that nobody
 * has written to. NULL with return 0: there is none, it has to be frozen.
 */
int frozen_node(struct txn *t, const struct vm_disk *d, struct node **ret,
	struct vxe_error *err) _must_check_;

/*
 * vm_freeze.c: each disk of the halted VM or template goes on in a fresh overlay, its content so
 * far is frozen. Layers that nothing comes to need are merged again.
 */
int vm_freeze(struct session *s, const char *uuid, const char *operation,
	struct vxe_error *err) _must_check_;
