/* SPDX-License-Identifier: MIT */
/* What the files vm_export*.c share, and no others use. */
#pragma once

#include "objects/archive/vm_export.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The state of one vm-export. The disks are in the order in which the archive has their contents. */
struct exporting {
	const char *vm;
	const struct vm_export_args *args;
	int fd;
	struct ova *document;
	struct ova *objects; /* the document's list of objects, borrowed */
	int n_ids;
	size_t n_disks;
	struct xva_disk *disks;
	struct map ids; /* the ids of the objects in the document, by UUID */
	int64_t total;
	bool attached; /* the VM is suspended or runs, so its devices are attached */
	/* id of the VDI with the VM's memory; NULL: the archive has no memory */
	char *memory_id;
	bool memory_left_out; /* the memory is left out although the user asked for it */
	bool of_snapshot;     /* the VM that is being added is a snapshot */
	/* files of floppies that a snapshot names: they are as they are now, because a snapshot does not keep them */
	struct strv floppies;
	struct strv lost; /* names of hardware that other hosts do not have */
	struct op *op;	  /* set while the archive is written */
	int64_t asked;	  /* time in ms of the last look whether the export was cancelled */
};

/*
 * The id in the archive's document for the object with that UUID, "Ref:7". Owned. *fresh: the id is new, so the
 * caller must add the object to the document.
 */
char *export_id(struct exporting *e, const char *uuid, bool *fresh);
/*
 * Adds an object of the class, with that id, to the archive's document; returns the struct for the members of its
 * record.
 */
struct ova *export_object(struct exporting *e, const char *class, const char *id);
/* Adds the references back to @object to the lists of those objects in the document to which @object refers. */
void export_backs(struct exporting *e, struct ova *object);
/* Removes keys from an exported map: those that mean something only on this host, and those that may hold a secret. */
void export_scrub(struct map *m);
int export_vbd(struct session *s, struct exporting *e, struct txn *t, const struct vm_disk *d,
	const char *vm, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Adds a network card (VIF) to the document. @spec, the domain's definition, tells what the card is connected to;
 * NULL: that is unknown.
 */
int export_vif(struct exporting *e, struct txn *t, const struct vif *from,
	const struct domain_spec *spec, const char *vm, struct vxe_error *err) _must_check_;
/*
 * Adds the memory image of a suspended VM or of a checkpoint to the contents that the archive gets, with the id
 * e->memory_id, which stays NULL if the memory can be restored only on this host.
 */
int export_memory(struct session *s, struct exporting *e, struct txn *t, const struct vm *vm,
	struct plan *p, struct vxe_error *err) _must_check_;
/* Adds the VDI of the VM's memory without its content, for a metadata archive. */
int export_memory_record(struct exporting *e, struct txn *t, const struct vm *vm,
	struct vxe_error *err) _must_check_;
/* The member of that name in the struct, where it must exist. */
struct ova *export_member(struct ova *record, const char *name);
/* The record of the object with that id in the document; NULL if there is none. */
struct ova *export_record(struct exporting *e, const char *id);
