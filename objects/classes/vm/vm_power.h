/* SPDX-License-Identifier: MIT */
/*
 * Power states: never stored, except that vxe has suspended the VM. A VM that somebody else has saved (virsh
 * managedsave) is Suspended, too, but has no image of vxe's and no guards; then hv_domain.saved is true.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * The VM's state in the session's listing of domains; for an inactive domain the record's state.
 * Templates, snapshots and the control domain have no domain and need no hypervisor.
 */
int vm_power_state(struct session *s, const struct vm *vm, enum power_state *ret,
	struct vxe_error *err) _must_check_;
/* The state of a VM whose domain is @d; @recorded: the state in its record. */
enum power_state power_of(const struct hv_domain *d, enum power_state recorded);
/* The VM's domain in the listing; NULL: none. */
int vm_domain(struct session *s, const struct vm *vm, const struct hv_domain **ret,
	struct vxe_error *err) _must_check_;
/* True when this VM may have a domain (not a template, snapshot or control domain). */
bool vm_has_domain(const struct vm *vm);
