/* SPDX-License-Identifier: MIT */
/* Functions of the acts that define, freeze and put layers on disks: disks.h says what they do. */
#pragma once

#include "objects/engine/op.h"

int step_make_overlays(struct op *op, struct vxe_error *err);
int step_remove_overlays(struct op *op, struct vxe_error *err); /* its undo */
/*
 * libvirt gave the image to the domain's QEMU, but died before a disk used it: has QEMU close it. 1: QEMU
 * has closed it; 0: somebody uses it.
 */
int op_close_unused(struct op *op, const char *path, struct vxe_error *err) _must_check_;
int step_freeze(struct op *op, struct vxe_error *err);
int step_thaw(struct op *op, struct vxe_error *err); /* its undo */
int step_define_halted(struct op *op, struct vxe_error *err);
int step_define(struct op *op, struct vxe_error *err);
int step_define_before(struct op *op, struct vxe_error *err); /* its undo */
/* Patches the present inactive XML to the new (or old) files of the plan's disks. */
int op_define_disks(struct op *op, bool forward, struct vxe_error *err) _must_check_;
int step_define_disks(struct op *op, struct vxe_error *err);
int step_define_disks_before(struct op *op, struct vxe_error *err); /* its undo */
extern const struct plan_member undefine_members[];
int step_undefine(struct op *op, struct vxe_error *err);
int step_stop(struct op *op, struct vxe_error *err);
/* Halted domains, beside the plan's own, whose definitions step_define_others() patches. */
extern const struct plan_member other_domains_members[];
/*
 * In every other domain that vdi_move() put into the plan, replaces old_path by new_path (or back).
 */
int step_define_others(struct op *op, struct vxe_error *err);
