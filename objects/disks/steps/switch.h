/* SPDX-License-Identifier: MIT */
/* The steps that switch disks to new layers, for a running domain or a halted one. */
#pragma once

#include "objects/engine/op.h"

extern const struct plan_member switch_members[];
/*
 * When libvirt moves a disk of a running guest to another layer, it drops from the definition how much of the tables
 * QEMU may cache (<metadata_cache>). So the plan's disks keep it as @defined says, the definition, which is read if that
 * is NULL. Does nothing for a guest that is off.
 */
int switch_keep_caches(struct session *s, struct plan *p, const struct domain_spec *defined,
	struct vxe_error *err) _must_check_;
/* Removes write bits before the new definition; only if the VM does not run. */
int step_freeze_halted(struct op *op, struct vxe_error *err);
/* The commit point: the running guest's switch, with its memory if the plan has an image; or the
 * definition of a halted guest. */
int step_switch(struct op *op, struct vxe_error *err);
int step_switch_back(struct op *op, struct vxe_error *err);
/* Removes the write bits of the old layers, and of other programs' layers below them. */
int step_freeze_switched(struct op *op, struct vxe_error *err);
int step_redefine(struct op *op, struct vxe_error *err);
/* then=halt: ends the guest if the switch has not. */
int step_halt(struct op *op, struct vxe_error *err);
