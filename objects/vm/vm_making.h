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
