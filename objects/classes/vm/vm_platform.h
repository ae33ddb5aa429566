/* SPDX-License-Identifier: MIT */
/* Interprets keys of the fields platform and other-config of a VM. */
#pragma once

#include "objects/classes/vm/vm.h"

/* The number in platform:cores-per-socket; 0: there is none, or it is not a number. */
int vm_cores_per_socket(const struct vm *vm);

/*
 * Parses a value of platform:timeoffset: by how many seconds the guest's clock is ahead of UTC. False: @text is not
 * such a number.
 */
#define VM_TIMEOFFSET "timeoffset"
bool vm_timeoffset(const char *text, int64_t *ret);

/* True if other-config:auto_poweron says that libvirt starts the VM with the host. */
bool vm_autostarts(const struct vm *vm);
