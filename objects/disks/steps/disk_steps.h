/* SPDX-License-Identifier: MIT */
/* The functions of the acts that make layers, freeze files and define domains; disks.h says what each does. */
#pragma once

#include "objects/engine/op.h"

int step_make_overlays(struct op *op, struct vxe_error *err);
int step_remove_overlays(
	struct op *op, struct vxe_error *err); /* the undo of step_make_overlays() */
/*
 * libvirt gave the image to the domain's QEMU, but died before a disk used it: has QEMU close it. 1: QEMU
 * has closed it; 0: somebody uses it.
 */
int op_close_unused(struct op *op, const char *path, struct vxe_error *err) _must_check_;
int step_freeze(struct op *op, struct vxe_error *err);
int step_thaw(struct op *op, struct vxe_error *err); /* the undo of step_freeze() */
int step_define_halted(struct op *op, struct vxe_error *err);
int step_define(struct op *op, struct vxe_error *err);
int step_define_before(struct op *op, struct vxe_error *err); /* the undo of step_define() */
/* Patches the present inactive XML: the plan's disks get the new files, or with @forward false the old ones. */
int op_define_disks(struct op *op, bool forward, struct vxe_error *err) _must_check_;
int step_define_disks(struct op *op, struct vxe_error *err);
int step_define_disks_before(
	struct op *op, struct vxe_error *err); /* the undo of step_define_disks() */
extern const struct plan_member undefine_members[];
int step_undefine(struct op *op, struct vxe_error *err);
int step_stop(struct op *op, struct vxe_error *err);
/* Plan member: halted domains, other than the plan's own, whose definitions step_define_others() patches. */
extern const struct plan_member other_domains_members[];
/* Replaces old_path by new_path (or new by old) in all other domains that vdi_move() has put into the plan. */
int step_define_others(struct op *op, struct vxe_error *err);
