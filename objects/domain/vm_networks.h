/* SPDX-License-Identifier: MIT */
/* Networks of libvirt that have to be active before a card can be plugged into them. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/*
 * Notes in the plan which of vxe's own networks have to be started for the cards of the definition.
 * VXE_NETWORK_INACTIVE(vm, network, name) for one of somebody else's.
 */
int vm_plan_networks(struct session *s, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err) _must_check_;
/* The same for one card. */
int nic_plan_network(struct session *s, const char *vm, const struct spec_nic *nic, struct plan *p,
	struct vxe_error *err) _must_check_;
/* Starts what the plan notes, as part of the step that needs it; no error where it is active. */
int networks_start(struct op *op, struct vxe_error *err) _must_check_;
