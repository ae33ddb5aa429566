/* SPDX-License-Identifier: MIT */
/* vm-migrate: a running VM goes to another host of the pool, and its guest runs on. */
#pragma once

#include "objects/session/session.h"

struct op_type;
extern const struct op_type
	vm_migrate_op; /* for those who read its intents; member "target": the host */

struct vm_migrate_args {
	const char *host;     /* UUID of the host to which the VM goes */
	const bool *compress; /* the memory; NULL: as migration-compression of the pool says */
	const char *
		network; /* UUID of the network by which the memory goes; NULL: to the address of the host */
};

/*
 * Moves the guest of a running VM of this host, with its definition, to another host, whose libvirt is asked by
 * other-config:libvirt-uri of its record (default qemu+ssh://ADDRESS/system); that host is the VM's home afterwards. A VM
 * that is on that host already stays there. Fails: VM_BAD_POWER_STATE; HOST_DISABLED; HOST_OFFLINE if the other host's
 * libvirt cannot be reached; VM_REQUIRES_SR(vm, sr), VM_REQUIRES_NETWORK(vm, network) for what the other host lacks;
 * HOST_EVACUATE_IN_PROGRESS; HOST_CANNOT_ATTACH_NETWORK, INTERFACE_HAS_NO_IP if it has no address in the network;
 * VXE_MANAGED_SAVE; VM_NON_SUSPENDABLE and others for devices that cannot leave the host; OPERATION_NOT_ALLOWED if the other
 * host has a domain of that name; VM_MIGRATE_FAILED(vm, source, destination, reason). The guest then runs on here.
 */
int vm_migrate(struct session *s, const char *uuid, const struct vm_migrate_args *args,
	struct vxe_error *err) _must_check_;
/* Fails as vm_migrate() would before it does anything: whether a running VM may go to that host. */
int vm_migrate_check(struct session *s, const char *uuid, const struct vm_migrate_args *args,
	struct vxe_error *err) _must_check_;
