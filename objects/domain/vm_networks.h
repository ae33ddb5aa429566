/* SPDX-License-Identifier: MIT */
/* Starts libvirt networks that must be active before a card can be connected to them. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

extern const struct plan_member network_members[];
/*
 * Remembers in the plan which of vxe's own networks must be started for the cards of the definition.
 * VXE_NETWORK_INACTIVE(vm, network, name) for another network, VXE_NETWORK_MISSING(vm, name).
 */
int vm_plan_networks(struct session *s, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err) _must_check_;
/* As the function above, for one card. */
int nic_plan_network(struct session *s, const char *vm, const struct spec_nic *nic, struct plan *p,
	struct vxe_error *err) _must_check_;
/* Starts the networks of the plan, within the step that needs them. It is no error if one is active. */
int networks_start(struct op *op, struct vxe_error *err) _must_check_;
