/* SPDX-License-Identifier: MIT */
/* What the vm_export*.c files share among themselves; nothing else includes it. */
#pragma once

#include "objects/archive/vm_export.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* What one export works with; the disks lie in the order in which they are streamed. */
struct exporting {
	const char *vm;
	const struct vm_export_args *args;
	int fd;
	struct ova *document;
	struct ova *objects; /* in the document, borrowed */
	int n_ids;
	size_t n_disks;
	struct xva_disk *disks;
	struct map ids; /* UUID of what is in the document: its id */
	int64_t total;
	bool attached;	      /* the devices are those of a machine that is suspended, or up */
	char *memory_id;      /* of the stream with the memory; NULL: it is left out */
	bool memory_left_out; /* though it was asked for */
	struct strv lost;     /* of the machine, that other hosts do not have */
	struct op *op;	      /* while it is written */
	int64_t asked;	      /* when it was last looked whether to stop, ms */
};

/* The id of the object in the document, owned, and whether it is new to it. */
char *export_id(struct exporting *e, const char *uuid, bool *fresh);
/* A new object; the struct that its members go into. */
struct ova *export_object(struct exporting *e, const char *class, const char *id);
/* What refers to the object is named in what it refers to. */
void export_backs(struct exporting *e, struct ova *object);
/* Takes away what means something on this host alone, or what nobody else should read. */
void export_scrub(struct map *m);
int export_vbd(struct session *s, struct exporting *e, struct txn *t, const struct vm_disk *d,
	const char *vm, struct plan *p, struct vxe_error *err) _must_check_;
int export_vif(struct exporting *e, struct txn *t, const struct vif *from, const char *vm,
	struct vxe_error *err) _must_check_;
/*
 * The memory image of the suspended VM or checkpoint as one more stream. Into e->memory_id, which
 * stays NULL where the image fits this host alone.
 */
int export_memory(struct session *s, struct exporting *e, struct txn *t, const struct vm *vm,
	struct plan *p, struct vxe_error *err) _must_check_;
/* Of records alone: the suspend image is named. */
int export_memory_record(struct exporting *e, struct txn *t, const struct vm *vm,
	struct vxe_error *err) _must_check_;
/* The member of a struct that is there. */
struct ova *export_member(struct ova *record, const char *name);
/* The object's record, by its id; NULL when there is none. */
struct ova *export_record(struct exporting *e, const char *id);
