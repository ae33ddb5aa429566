/* SPDX-License-Identifier: MIT */
/* Memory and VCPUs of a VM, in its definition and, where libvirt can, in the running guest. */
#pragma once

#include "objects/records/list.h"

/*
 * Sets memory limits (fields of the VM) when @operation is allowed. A running guest's share follows
 * memory-dynamic-max; where libvirt cannot change it, a notice says that the next start does.
 */
int vm_set_memory(struct session *s, const char *uuid, const char *operation,
	const struct filter *settings, size_t n, struct vxe_error *err) _must_check_;
/*
 * vm-vcpu-hotplug: the running guest has @n VCPUs from now on, and at the next start.
 * VM_BAD_POWER_STATE unless it runs, INVALID_VALUE for less than 1 or more than VCPUs-max.
 */
int vm_set_vcpus(
	struct session *s, const char *uuid, int64_t n, struct vxe_error *err) _must_check_;
