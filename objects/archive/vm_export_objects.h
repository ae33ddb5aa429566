/* SPDX-License-Identifier: MIT */
/* Shared by the vm_export*.c files only. */
#pragma once

#include "objects/archive/vm_export.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The data of one export; the disks are in the order in which they are streamed. */
struct exporting {
	const char *vm;
	const struct vm_export_args *args;
	int fd;
	struct ova *document;
	struct ova *objects; /* in the document, borrowed */
	int n_ids;
	size_t n_disks;
	struct xva_disk *disks;
	struct map ids; /* UUIDs of objects in the document: their ids */
	int64_t total;
	bool attached;	      /* the devices are attached: the machine is suspended, or runs */
	char *memory_id;      /* of the stream with the memory; NULL: left out */
	bool memory_left_out; /* although the user asked for it */
	struct strv lost;     /* hardware that other hosts do not have */
	struct op *op;	      /* while the archive is written */
	int64_t asked;	      /* when cancelling was last checked, ms */
};

/* The id of the object in the document, owned; *fresh: it is not in the document yet. */
char *export_id(struct exporting *e, const char *uuid, bool *fresh);
/* Adds an object; returns the struct for its members. */
struct ova *export_object(struct exporting *e, const char *class, const char *id);
/* Adds the back references of the object's references. */
void export_backs(struct exporting *e, struct ova *object);
/* Removes keys that are valid only on this host, or that are secret. */
void export_scrub(struct map *m);
int export_vbd(struct session *s, struct exporting *e, struct txn *t, const struct vm_disk *d,
	const char *vm, struct plan *p, struct vxe_error *err) _must_check_;
/* @spec has the kinds of its cards; NULL: unknown. */
int export_vif(struct exporting *e, struct txn *t, const struct vif *from,
	const struct domain_spec *spec, const char *vm, struct vxe_error *err) _must_check_;
/*
 * Adds the memory image of the suspended VM or checkpoint as one more stream, with the id
 * e->memory_id; that stays NULL if the image fits only this host.
 */
int export_memory(struct session *s, struct exporting *e, struct txn *t, const struct vm *vm,
	struct plan *p, struct vxe_error *err) _must_check_;
/* For a metadata archive: only names the suspend image. */
int export_memory_record(struct exporting *e, struct txn *t, const struct vm *vm,
	struct vxe_error *err) _must_check_;
/* An existing member of the struct. */
struct ova *export_member(struct ova *record, const char *name);
/* The object's record, by its id; NULL when there is no such object. */
struct ova *export_record(struct exporting *e, const char *id);
