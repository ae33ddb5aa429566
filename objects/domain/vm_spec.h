/* SPDX-License-Identifier: MIT */
/* The only code that converts between xe's fields of a VM and libvirt's definition. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "objects/classes/vm/vm.h"

/* Copies the settings of a domain's definition to the VM's record; true if something has changed. */
bool vm_from_spec(struct vm *vm, const struct domain_spec *spec);
/* Copies those fields of the VM's record that a domain can hold to a definition; leaves disks and NICs alone. */
void vm_to_spec(const struct vm *vm, struct domain_spec *spec, const char *store_uuid);
