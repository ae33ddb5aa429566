/* SPDX-License-Identifier: MIT */
/*
 * The plan and the steps that make a new VM, shared by clone, copy, install, create and import. A clone's disks are
 * overlays on frozen layers of its source; a copy's disks are complete files. The source is only read: a separate
 * operation, which changes no content, freezes its writable layers beforehand.
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
	/* the VM, template or snapshot from which the new VM is made; NULL: none; borrowed */
	const struct vm *source;
	struct records vbds, vdis, vifs;
	/* for each of @vifs the text that identifies its network card in the base XML (vif_card()) */
	struct strv cards;
	/* for each of @vifs the type and source of its <interface>; "": as its network says */
	struct strv types, sources;
	/* for each of @vbds the path of its file; "": vxe does not manage the file */
	struct strv paths;
	struct strv formats; /* for each of @vbds the format of its file */
	const char *base;    /* XML with the hardware; NULL: a new machine; borrowed */
	/* the domain's name in libvirt; NULL: a VM gets a free name, a template has none; borrowed */
	const char *libvirt_name;
	/* UEFI variables and TPM state of the new VM; NULL: copies of the source's; borrowed */
	const struct captures *state;
	bool abroad; /* the base comes from another host */
};
void making_clear(struct making *m);
/*
 * Add a disk or a network card to the new VM, which takes ownership of the records; @vdi may be NULL, @path is "" for a
 * file that vxe does not manage. making_add_disk() is for a new image, which is always qcow2.
 */
void making_add_disk(struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path);
void making_add_file(
	struct making *m, struct vbd *vbd, struct vdi *vdi, const char *path, const char *format);
void making_add_vif(struct making *m, struct vif *vif, const char *card);
/* Adds a network card to the new VM, with type and source of its <interface>; see definition_add_vif(). */
void making_add_card(
	struct making *m, struct vif *vif, const char *card, const char *type, const char *source);
/*
 * Plans the records and the definition of the new VM. A VM gets a domain, whose definition is the commit point; a
 * template keeps the XML in its record, and the store transaction commits.
 */
int making_plan(struct making *m, struct vxe_error *err) _must_check_;

/* The XML of a domain called @name with all devices and settings of the new VM; owned. */
int making_xml(
	const struct making *m, const char *name, char **ret, struct vxe_error *err) _must_check_;

/*
 * The step that defines the domain of the new VM; does nothing for a template. If another domain has taken the name
 * since the plan, the new domain gets another free name.
 */
int step_make_domain(struct op *op, struct vxe_error *err);
/* The undo of step_make_domain(): undefines the domain; its UEFI variables and TPM state stay. */
int step_unmake_domain(struct op *op, struct vxe_error *err);
/*
 * Returns 1 if libvirt has a domain with the new VM's UUID: vxe has chosen the UUID, so only this operation can have
 * defined it.
 */
int probe_made_domain(struct op *op, struct vxe_error *err);
