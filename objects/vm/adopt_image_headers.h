/* SPDX-License-Identifier: MIT */
/*
 * vm-adopt-disks keep=definition, of a disk whose definition has other layers below it than the headers: the headers
 * get what the definition says. As long as the definition says it, too, it counts, so the guest reads the same at each
 * moment in between.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The plan members of the operation that has these steps. */
extern const struct plan_member headers_members[];

/*
 * Makes records of the layers that the definition has below @disk, the definition's disk for @d. VXE_DEPENDENTS: one of
 * them is written to.
 */
int headers_adopt(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct spec_disk *disk, struct vxe_error *err) _must_check_;
/*
 * Plans the headers to write, the layers' new parents, and locks; a line for each in @lines. @dry: without records of the
 * layers. VXE_FOREIGN_IMAGE(file, reason): no header can say it; VXE_DEPENDENTS: something else reads a layer whose
 * header would change.
 */
int headers_plan(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct spec_disk *disk, bool dry, struct plan *p, struct strv *lines,
	struct vxe_error *err) _must_check_;

int step_write_headers(struct op *op, struct vxe_error *err) _must_check_;
int step_restore_headers(struct op *op, struct vxe_error *err) _must_check_;
