/* SPDX-License-Identifier: MIT */
/* Steps that several operations share. */
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
/*
 * For steps that check before and after their work: VXE_TRY_AGAIN(vm) when the plan's domain was
 * started.
 */
int op_refuse_if_up(struct op *op, struct hv *hv, struct vxe_error *err) _must_check_;
/*
 * Defines the plan's domain as xml_after, or undefines it where there is none, and keeps its state.
 * Refuses as op_refuse_if_up() does, before and after: a VM that was started meanwhile runs on its
 * old disks, and would disappear when its guest stops; it gets xml_before back.
 */
int op_define_halted(struct op *op, struct hv *hv, struct vxe_error *err) _must_check_;
/*
 * Defines xml_after, or the plan's disks; checks for a start meanwhile. Does nothing without a
 * domain.
 */
int step_define(struct op *op, struct vxe_error *err);
int step_define_before(struct op *op, struct vxe_error *err); /* its undo */
/* Changes only the plan's disks: patches the present inactive XML to the new (or old) files. */
int step_define_disks(struct op *op, bool forward, struct vxe_error *err);
/* Declared by all operations with step_undefine(). */
extern const struct plan_member undefine_members[];
int step_undefine(struct op *op, struct vxe_error *err);
int step_stop(struct op *op, struct vxe_error *err); /* destroys a running domain */
