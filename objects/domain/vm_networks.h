/* SPDX-License-Identifier: MIT */
/* Starts libvirt networks that must be active before a card can be connected to them. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

extern const struct plan_member network_members[];
/*
 * Stores in the plan which of vxe's own networks must be started for the network cards of the VM. Fails:
 * VXE_NETWORK_INACTIVE(vm, network, name) if vxe did not make the inactive network, VXE_NETWORK_MISSING(vm, name).
 */
int vm_plan_networks(struct session *s, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err) _must_check_;
/* Stores in the plan the network that must be started for one network card; fails as vm_plan_networks(). */
int nic_plan_network(struct session *s, const char *vm, const struct spec_nic *nic, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * Starts the networks that the plan names, within the step that needs them. A network that is already active is no
 * error.
 */
int networks_start(struct op *op, struct vxe_error *err) _must_check_;
