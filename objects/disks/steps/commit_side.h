/* SPDX-License-Identifier: MIT */
/* Finds out whether an operation has passed its commit point, by the files that a domain and its guest use. */
#pragma once

#include "objects/engine/op_recover.h"

/*
 * For the probes that decide whether a commit point was passed. Returns 1 if the domain's XML names a new file of the
 * plan's disks.
 */
int op_xml_names_new(struct op *op, enum hv_xml which, struct vxe_error *err) _must_check_;

/*
 * Returns 1 if the guest writes to a new file of the plan although libvirt's live XML names the old one; warns the
 * user then.
 */
int op_switched_unseen(struct op *op, struct vxe_error *err) _must_check_;
/* As op_switched_unseen(), for one file. */
int op_writes_unseen(struct op *op, const char *path, struct vxe_error *err) _must_check_;
/* Adds the files of the disks in the live XML of the plan's domain. */
int op_live_files(struct op *op, struct strv *ret, struct vxe_error *err) _must_check_;

/* What the note about the guest that a recovery destroyed (op->note) says of a disk that an operation moves. */
enum noted {
	NOTED_NOTHING, /* there is no note, or the guest was started again since, or it had both or none open */
	NOTED_BEFORE, /* the guest wrote to the file from before */
	NOTED_AFTER,  /* the guest wrote to the new one */
};
/* *ret: of a disk of a VM that is off now, which goes from @before to @after. */
int op_noted(struct op *op, const char *before, const char *after, enum noted *ret,
	struct vxe_error *err) _must_check_;
/*
 * Returns 1 if a process has the file @path open for writing, and the plan's domain is active. Fails with
 * VXE_DISK_CHANGED when the domain is off or libvirt has none, and with VXE_DEPENDENTS when the plan has no domain.
 */
int op_has_writer(struct op *op, const char *path, struct vxe_error *err) _must_check_;
/* Returns 1 if a disk of the plan's domain, which is active, uses the file @path now. Asks QEMU itself. */
int op_guest_uses(struct op *op, const char *path, struct vxe_error *err) _must_check_;

/*
 * Adds a file to those that an operation leaves or freezes, and in which its planner has found no internal snapshot.
 * virsh may make one until the operation commits: it would be lost with the file, or would endanger it.
 */
void plan_leave(struct plan *p, const char *path);
/*
 * Looks at the files of plan_leave() again, as late as possible before the commit point: the engine and block jobs call
 * it by op_before_commit(), a dry run after its plan. Fails with VXE_TRY_AGAIN if there is an internal snapshot now,
 * about which the next plan decides; and as op_has_writer() if a process writes to the file of a VM that is off.
 */
int op_look_again(struct op *op, struct vxe_error *err) _must_check_;
