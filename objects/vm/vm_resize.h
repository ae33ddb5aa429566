/* SPDX-License-Identifier: MIT */
/* Changes memory and VCPUs of a VM, in its definition and, if libvirt can, in the running guest. */
#pragma once

#include "objects/queries/list.h"

/*
 * Sets memory limits (fields of the VM) when @operation is allowed. A running guest's memory
 * follows memory-dynamic-max; if libvirt cannot change it, a notice says that the value takes
 * effect at the next start.
 */
int vm_set_memory(struct session *s, const char *uuid, const char *operation,
	const struct filter *settings, size_t n, struct vxe_error *err) _must_check_;
/*
 * vm-vcpu-hotplug: gives the running guest @n VCPUs, now and at the next start. VM_BAD_POWER_STATE
 * unless it runs, INVALID_VALUE for less than 1 or more than VCPUs-max.
 */
int vm_set_vcpus(
	struct session *s, const char *uuid, int64_t n, struct vxe_error *err) _must_check_;
