/* SPDX-License-Identifier: MIT */
/* Steps that several operations share. */
#pragma once

#include "objects/engine/op.h"

int step_make_overlays(struct op *op, struct vxe_error *err);
int step_remove_overlays(struct op *op, struct vxe_error *err); /* its undo */
int step_freeze(struct op *op, struct vxe_error *err);
int step_thaw(struct op *op, struct vxe_error *err); /* its undo */
/* For steps that look before and after: VXE_TRY_AGAIN(vm) when somebody started the plan's domain. */
int op_refuse_if_up(struct op *op, struct hv *hv, struct vxe_error *err) _must_check_;
/* xml_after, or the plan's disks; checks for a start meanwhile. Nothing to do without a domain. */
int step_define(struct op *op, struct vxe_error *err);
int step_define_before(struct op *op, struct vxe_error *err); /* its undo */
/* Only the disks of the plan: the inactive XML as it now is, patched to new (or old) files. */
int step_define_disks(struct op *op, bool forward, struct vxe_error *err);
int step_undefine(struct op *op, struct vxe_error *err);
int step_stop(struct op *op, struct vxe_error *err); /* pulls the plug when the domain runs */
