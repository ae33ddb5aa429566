/* SPDX-License-Identifier: MIT */
/*
 * A halted or suspended VM changes its home, the one host of a pool that has its domain: it leaves this host, and then no
 * host has it; the next host that acts on it takes it. At no moment two hosts have its domain.
 */
#pragma once

#include "objects/session/session.h"

struct op_type;
/* For those who read their intents: vm_leave(), and vm_take(), by which a VM gets a domain that had left its host. */
extern const struct op_type vm_leave_op, vm_take_op;

/*
 * Takes a VM off this host for the host @to, where @to_do is done: "start_on" with a halted one, "resume_on" with a suspended
 * one. Its domain is undefined, and the record has its definition, UEFI variables and TPM state, of which copies lie beside its
 * disks. What libvirt has of the last two here stays. Fails: VM_BAD_POWER_STATE; VM_REQUIRES_SR, VM_REQUIRES_NETWORK if @to
 * lacks its memory, a disk or a network of it; VXE_DISK_CHANGED if a suspended one ran meanwhile; VXE_MANAGED_SAVE;
 * HOST_OFFLINE if it is not here.
 */
int vm_leave(struct session *s, const char *uuid, const char *to, const char *to_do,
	struct vxe_error *err) _must_check_;
/*
 * Gives a VM that no host has (HOME_NONE) a domain on this host, as it was. Does nothing for any other VM. Fails:
 * VM_REQUIRES_SR if this host has not all of its disks, OPERATION_NOT_ALLOWED if another domain has its name.
 */
int vm_take(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
