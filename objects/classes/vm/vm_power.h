/* SPDX-License-Identifier: MIT */
/* Power states: asked, not stored, but for Suspended, which libvirt does not know. */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * What the session's listing of domains says of the VM; an inactive one is what the record says.
 * Templates, snapshots and the control domain have no domain, and need no hypervisor.
 */
int vm_power_state(struct session *s, const struct vm *vm, enum power_state *ret,
	struct vxe_error *err) _must_check_;
/* The VM's domain in the listing; NULL: there is none. */
int vm_domain(struct session *s, const struct vm *vm, const struct hv_domain **ret,
	struct vxe_error *err) _must_check_;
/* True unless the VM of this uuid is halted or gone: its devices are attached. */
int vm_is_up(struct session *s, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/* True when a domain of this VM may exist (no template, snapshot, control domain). */
bool vm_has_domain(const struct vm *vm);
/* What a transient domain is listed as. */
struct vm *vm_transient(const struct hv_domain *domain);
