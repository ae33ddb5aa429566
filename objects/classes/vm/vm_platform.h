/* SPDX-License-Identifier: MIT */
/* The meaning of keys of platform and other-config. */
#pragma once

#include "objects/classes/vm/vm.h"

/* platform:cores-per-socket; 0: none, or not a number. */
int vm_cores_per_socket(const struct vm *vm);

/* other-config:auto_poweron: libvirt starts the VM with the host. */
bool vm_autostarts(const struct vm *vm);
