/* SPDX-License-Identifier: MIT */
/*
 * vm-adopt-disks keep=definition, for a disk whose definition lists other layers below it than the image headers: the
 * headers get what the definition says. While the definition still lists the layers, too, QEMU follows the definition,
 * so the guest reads the same at each moment in between.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The plan members of an operation with step_write_headers() and step_restore_headers(). */
extern const struct plan_member headers_members[];

/*
 * Makes records of the layers that the definition lists below @disk, which is the definition's entry for the disk @d.
 * Fails with VXE_DEPENDENTS if one of these layers is written to.
 */
int headers_adopt(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct spec_disk *disk, struct vxe_error *err) _must_check_;
/*
 * Plans which image headers are rewritten, the new parents of the layers, and the locks; adds a line for each header to
 * @lines. With @dry the layers need no records. Fails: VXE_FOREIGN_IMAGE(file, reason) if a header cannot express what
 * the definition says, VXE_DEPENDENTS if something else reads a layer whose header would change.
 */
int headers_plan(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct spec_disk *disk, bool dry, struct plan *p, struct strv *lines,
	struct vxe_error *err) _must_check_;

/*
 * Writes the planned backing files and formats into the image headers. Fails with VXE_DEPENDENTS if anything but the VM
 * and its layers reads one of the images.
 */
int step_write_headers(struct op *op, struct vxe_error *err) _must_check_;
/*
 * The undo of step_write_headers(): puts the old backing files and formats back; a header that named a backing file
 * without its format stays as it is, so that no format has to be probed.
 */
int step_restore_headers(struct op *op, struct vxe_error *err) _must_check_;
