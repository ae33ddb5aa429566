/* SPDX-License-Identifier: MIT */
/* What keys of platform and other-config mean. */
#pragma once

#include "objects/classes/vm/vm.h"

/* platform:cores-per-socket; 0: none, or not a number. */
int vm_cores_per_socket(const struct vm *vm);

/* platform:timeoffset: how many seconds the guest's clock is ahead of UTC. False: @text does not say so. */
#define VM_TIMEOFFSET "timeoffset"
bool vm_timeoffset(const char *text, int64_t *ret);

/* other-config:auto_poweron: libvirt starts the VM with the host. */
bool vm_autostarts(const struct vm *vm);
