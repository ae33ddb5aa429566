/* SPDX-License-Identifier: MIT */
/*
 * A VM whose home was declared dead (objects/pool/host_dead.h) gets a home again: a host defines its domain as the dead one
 * has told it last (objects/classes/vm/seen_definition.h), with the disks that are on record. What the dead host has left
 * half done becomes this host's, which judges it as after a power cut of its own: by the definition from before, and by
 * what the files show. Where neither can say whether the guest wrote to other files, the VM is not taken.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

struct intent;

/*
 * Takes such a VM; does nothing for any other. The host that was declared dead has its domain still, and takes it as it is.
 * Fails: VM_REQUIRES_SR; VXE_DISK_CHANGED if an unknown image lies on a disk; VXE_FIRMWARE_MISSING (capture_check_reach());
 * OPERATION_NOT_ALLOWED if another domain has its name. With force=true all the same: VXE_DEFINITION_OLD,
 * VXE_LAYER_CHANGED, VXE_MANAGED_SAVE.
 */
int vm_take_from_dead(struct session *s, const struct vm *vm, struct vxe_error *err) _must_check_;
/* Fails as vm_take_from_dead() would on this host, and changes nothing. */
int vm_check_from_dead(struct session *s, const struct vm *vm, struct vxe_error *err) _must_check_;
/*
 * *ret (owned): the host to which the dead home of the VM was about to move the guest, which alone knows whether it has
 * arrived; NULL: it was not, or that host is dead, too.
 */
int vm_was_going_to(
	struct txn *t, const struct vm *vm, char **ret, struct vxe_error *err) _must_check_;
