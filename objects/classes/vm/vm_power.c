/* SPDX-License-Identifier: MIT */
/* Power states of VMs, found in the session's one listing of libvirt's domains. */
#include "objects/classes/vm/vm_power.h"

bool vm_has_domain(const struct vm *vm)
{
	return !vm->is_a_template && !vm->is_a_snapshot && !vm->is_control_domain;
}

bool vm_is_here(const struct session *s, const struct vm *vm)
{
	return vm_has_domain(vm) && session_is_here(s, vm->home);
}

int vm_domain(
	struct session *s, const struct vm *vm, const struct hv_domain **ret, struct vxe_error *err)
{
	*ret = NULL;
	return vm_is_here(s, vm) ? session_domain(s->here, vm->r.uuid, ret, err) : 0;
}

enum power_state power_of(const struct hv_domain *d, enum power_state recorded)
{
	/* The processors of a guest that sleeps (ACPI S3) stand still, too; vm-unpause wakes it. */
	if (hv_is_active(d->state))
		return d->state == HV_PAUSED || d->state == HV_SUSPENDED ? POWER_PAUSED
									 : POWER_RUNNING;
	return d->saved ? POWER_SUSPENDED : recorded;
}

int vm_power_state(
	struct session *s, const struct vm *vm, enum power_state *ret, struct vxe_error *err)
{
	const struct hv_domain *domain;

	if (vm_has_domain(vm) && !vm_is_here(s, vm)) {
		*ret = (enum power_state)vm->seen_state;
		return 0;
	}
	*ret = vm->is_control_domain ? POWER_RUNNING : (enum power_state)vm->power_state;
	if (vm_domain(s, vm, &domain, err) < 0)
		return -1;
	if (domain)
		*ret = power_of(domain, *ret);
	return 0;
}
