/* SPDX-License-Identifier: MIT */
/* What the files vm_export*.c share, and no others use. */
#pragma once

#include "objects/archive/vm_export.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* One export. The disks are in the order in which they are streamed. */
struct exporting {
	const char *vm;
	const struct vm_export_args *args;
	int fd;
	struct ova *document;
	struct ova *objects; /* the document's list of objects, borrowed */
	int n_ids;
	size_t n_disks;
	struct xva_disk *disks;
	struct map ids; /* for each UUID in the document the object's id */
	int64_t total;
	bool attached;	      /* the machine is suspended or runs, so its devices are attached */
	char *memory_id;      /* id of the VDI with the memory; NULL: it is left out */
	bool memory_left_out; /* the memory is left out although the user asked for it */
	struct strv lost;     /* names of hardware that other hosts do not have */
	struct op *op;	      /* set while the archive is written */
	int64_t asked;	      /* when it last looked whether the operation was cancelled, ms */
};

/* The object's id in the document, owned; *fresh: the object is not there yet. */
char *export_id(struct exporting *e, const char *uuid, bool *fresh);
/* Adds an object to the document; returns the struct for its members. */
struct ova *export_object(struct exporting *e, const char *class, const char *id);
/* Adds to other objects the references back to this one. */
void export_backs(struct exporting *e, struct ova *object);
/* Removes keys that mean something only on this host, and keys that are secret. */
void export_scrub(struct map *m);
int export_vbd(struct session *s, struct exporting *e, struct txn *t, const struct vm_disk *d,
	const char *vm, struct plan *p, struct vxe_error *err) _must_check_;
/* @spec tells the kinds of its cards; NULL: they are unknown. */
int export_vif(struct exporting *e, struct txn *t, const struct vif *from,
	const struct domain_spec *spec, const char *vm, struct vxe_error *err) _must_check_;
/*
 * Adds the memory image of the suspended VM or checkpoint as one more stream, with the id
 * e->memory_id; that stays NULL if the image fits only this host.
 */
int export_memory(struct session *s, struct exporting *e, struct txn *t, const struct vm *vm,
	struct plan *p, struct vxe_error *err) _must_check_;
/* For a metadata archive: adds the VDI of the memory without its content. */
int export_memory_record(struct exporting *e, struct txn *t, const struct vm *vm,
	struct vxe_error *err) _must_check_;
/* The member of the struct, which must exist. */
struct ova *export_member(struct ova *record, const char *name);
/* The object's record, by its id; NULL if there is none. */
struct ova *export_record(struct exporting *e, const char *id);
