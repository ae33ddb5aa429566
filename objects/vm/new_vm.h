/* SPDX-License-Identifier: MIT */
/*
 * Shared by all operations that make a VM: clone, copy, install, create, import. A clone's disks are overlays on frozen layers of its source; a
 * copy's disks are complete files. The source is only read: a separate operation, which changes no
 * content, freezes its writable layers beforehand.
 */
#pragma once

#include "objects/domain/vm_record_copy.h"
#include "objects/engine/op.h"
#include "objects/guest_state/firmware_bytes.h"

/* A new VM while it is planned. Owns the records. */
struct making {
	struct session *s;
	struct txn *t;
	struct plan *p;
	struct vm *vm;
	const struct vm *
		source; /* the VM, template or snapshot of which it is made; NULL: none; borrowed */
	struct records vbds, vdis, vifs;
	struct strv
		cards; /* for each of @vifs the text that finds its card in the base (vif_card()) */
	/* for each of @vifs kind and source of its interface; "": as its network says */
	struct strv types, sources;
	struct strv paths; /* for each of @vbds the path of its file; "": vxe does not manage it */
	struct strv formats; /* for each of @vbds the format of its file */
	const char *base;    /* XML with the hardware; NULL: a new machine; borrowed */
	const char *
		libvirt_name; /* NULL: a VM gets a name in libvirt that is free, a template has no name there; borrowed */
	const struct captures
		*state; /* UEFI variables and TPM state; NULL: those of the source; borrowed */
	bool abroad;	/* the base comes from another host */
};
void making_clear(struct making *m);
/*
 * Hand a device over to the new VM; @vdi may be NULL, @path is "" for a file that vxe does not
 * manage. A new image is always qcow2.
 */
void making_add_disk(struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path);
void making_add_file(
	struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path, const char *format);
void making_add_vif(struct making *m, struct vif *vif, const char *card);
/* Adds a card with kind and source of its interface, see definition_add_vif(). */
void making_add_card(
	struct making *m, struct vif *vif, const char *card, const char *type, const char *source);
/*
 * Plans records and definition. A VM gets a domain, whose definition is the commit point; a
 * template keeps the XML, and the store transaction commits.
 */
int making_plan(struct making *m, struct vxe_error *err) _must_check_;

/* The XML of a domain called @name with all devices and settings of @m; owned. */
int making_xml(
	const struct making *m, const char *name, char **ret, struct vxe_error *err) _must_check_;

/* The step that defines the new domain (nothing for a template), its undo, and its probe. */
int step_make_domain(struct op *op, struct vxe_error *err);
int step_unmake_domain(struct op *op, struct vxe_error *err);
int probe_made_domain(struct op *op, struct vxe_error *err);
