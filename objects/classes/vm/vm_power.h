/* SPDX-License-Identifier: MIT */
/*
 * Power states of VMs. They are never stored, except for other hosts, and that vxe has suspended a VM. A VM that another program has saved
 * (virsh managedsave) is Suspended, too, but has no memory image of vxe's and no temporary overlays on its disks; then
 * hv_domain.saved is true.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * *ret: the VM's power state by the session's listing of domains; for an inactive domain the state in the VM's record;
 * for a VM of another host what that host has seen last (objects/domain/seen_states.h).
 * Templates, snapshots and the control domain have no domain and need no hypervisor.
 */
int vm_power_state(struct session *s, const struct vm *vm, enum power_state *ret,
	struct vxe_error *err) _must_check_;
/* The power state of a VM whose domain is @d. @recorded: the power state in the VM's record. */
enum power_state power_of(const struct hv_domain *d, enum power_state recorded);
/* *ret: the VM's domain in the session's listing of domains; NULL: none, or it is on another host. */
int vm_domain(struct session *s, const struct vm *vm, const struct hv_domain **ret,
	struct vxe_error *err) _must_check_;
/* True when this VM may have a domain (not a template, snapshot or control domain). */
bool vm_has_domain(const struct vm *vm);
/* True when the domain that this VM may have is one of this host's libvirt. */
bool vm_is_here(const struct session *s, const struct vm *vm);
