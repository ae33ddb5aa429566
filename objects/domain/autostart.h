/* SPDX-License-Identifier: MIT */
/*
 * libvirt's autostart flag of a domain, by which libvirt starts it when the host starts: what an operation plans about
 * it, and the step that sets it. The flag is off while the VM is Suspended.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/engine/op.h"

extern const struct plan_member autostart_members[];
/*
 * Stores in the plan whether libvirt's autostart flag of the domain is set now, and whether it shall be set (@after).
 */
int autostart_plan(
	struct session *s, struct plan *p, bool after, struct vxe_error *err) _must_check_;
/*
 * Stores in the plan whether libvirt's autostart flag of a new domain shall be set; if its VM is Suspended, the flag
 * stays off for now, and *later says how it shall be afterwards.
 */
void autostart_plan_new(const struct vm *vm, struct plan *p, bool *later);
/*
 * Steps that set libvirt's autostart flag; they do nothing if the plan lacks autostart_members or there is no domain.
 */
int step_autostart(struct op *op, struct vxe_error *err);
int step_autostart_before(struct op *op, struct vxe_error *err); /* the undo of step_autostart() */
