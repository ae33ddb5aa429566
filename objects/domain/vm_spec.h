/* SPDX-License-Identifier: MIT */
/* The only map between xe's fields and the members of libvirt's definition. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "objects/classes/vm/vm.h"

/* Copies the members of a definition to the record; true if something has changed. */
bool vm_from_spec(struct vm *vm, const struct domain_spec *spec);
/* Copies the fields that a domain can hold from the record to a definition; leaves disks and NICs alone. */
void vm_to_spec(const struct vm *vm, struct domain_spec *spec, const char *store_uuid);
