/* SPDX-License-Identifier: MIT */
/*
 * libvirt's autostart flag of a domain, by which libvirt starts it when the host starts: what an operation plans about
 * it, and the step that sets it. The flag is off while the VM is Suspended.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"

/* The plan members of operations with step_autostart(). */
extern const struct plan_member autostart_members[];
/*
 * Stores in the plan whether libvirt's autostart flag of the domain is set now, and whether it shall be set (@after).
 */
int autostart_plan(
	struct session *s, struct plan *p, bool after, struct vxe_error *err) _must_check_;
/* Stores whether it is set now, for an operation whose undo defines the domain again: step_autostart_before() then sets it. */
void autostart_plan_back(const struct vm_loaded *l, struct plan *p);
/*
 * Stores in the plan whether libvirt's autostart flag of a new domain shall be set; if its VM is Suspended, the flag
 * stays off for now, and *later says how it shall be afterwards.
 */
void autostart_plan_new(const struct vm *vm, struct plan *p, bool *later);
/*
 * Sets libvirt's autostart flag of the domain to the plan's member "autostart-after"; does nothing if that is not set,
 * or if there is no persistent domain.
 */
int step_autostart(struct op *op, struct vxe_error *err);
/* The undo of step_autostart(): sets the flag to the member "autostart-before", under the same conditions. */
int step_autostart_before(struct op *op, struct vxe_error *err);
