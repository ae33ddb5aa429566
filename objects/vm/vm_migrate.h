/* SPDX-License-Identifier: MIT */
/* vm-migrate: a running VM goes to another host of the pool, and its guest runs on. */
#pragma once

#include "objects/session/session.h"

struct op_type;
extern const struct op_type
	vm_migrate_op; /* for those who read its intents; member "target": the host */

struct vm_migrate_args {
	const char *host; /* UUID of the host to which the VM goes */
	bool compress;
};

/*
 * Moves the guest of a running VM of this host, with its definition, to another host, whose libvirt is asked by
 * other-config:libvirt-uri of its record (default qemu+ssh://ADDRESS/system); that host is the VM's home afterwards. A VM
 * that is on that host already stays there. Fails: VM_BAD_POWER_STATE; HOST_DISABLED; HOST_OFFLINE if the other host's
 * libvirt cannot be reached; VM_REQUIRES_SR(vm, sr), VM_REQUIRES_NETWORK(vm, network) for what the other host lacks;
 * VXE_MANAGED_SAVE; VM_NON_SUSPENDABLE and others for devices that cannot leave the host; OPERATION_NOT_ALLOWED if the other
 * host has a domain of that name; VM_MIGRATE_FAILED(vm, source, destination, reason). The guest then runs on here.
 */
int vm_migrate(struct session *s, const char *uuid, const struct vm_migrate_args *args,
	struct vxe_error *err) _must_check_;
