/* SPDX-License-Identifier: MIT */
/* What keys of platform and other-config mean. */
#pragma once

#include "objects/classes/vm/vm.h"

/* platform:cores-per-socket; 0: none, or no number. */
int vm_cores_per_socket(const struct vm *vm);

/* The platform key reaches the domain; all others are kept and change nothing. */
bool vm_platform_key_works(const char *key);

/* other-config:auto_poweron: libvirt shall start the VM with the host. */
bool vm_autostarts(const struct vm *vm);
