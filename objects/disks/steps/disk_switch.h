/* SPDX-License-Identifier: MIT */
/* The step functions that define domains and move disks to new layers; disks.h says what each does. */
#pragma once

#include "objects/disks/disks.h"

extern const struct plan_member switch_members[];
/*
 * The step with the commit point: it switches the running guest's disks, and saves its memory if the plan has a
 * memory image; or it changes the definition of a halted guest.
 */
int step_switch(struct op *op, struct vxe_error *err);
int step_switch_back(struct op *op, struct vxe_error *err);
int step_redefine(struct op *op, struct vxe_error *err);
/* Step for the option then=halt: ends the guest; no error if step_switch() has ended it. */
int step_halt(struct op *op, struct vxe_error *err);

int step_define_halted(struct op *op, struct vxe_error *err);
int step_define(struct op *op, struct vxe_error *err);
int step_define_before(struct op *op, struct vxe_error *err); /* the undo of step_define() */
/* Patches the domain's present inactive XML: the plan's disks get their new files. */
int step_define_disks(struct op *op, struct vxe_error *err);
int step_define_disks_before(
	struct op *op, struct vxe_error *err); /* the undo of step_define_disks() */
extern const struct plan_member undefine_members[];
int step_undefine(struct op *op, struct vxe_error *err);
int step_stop(struct op *op, struct vxe_error *err);
