/* SPDX-License-Identifier: MIT */
/* The only map between xe's fields and members of libvirt's definition. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "objects/classes/vm/vm.h"

/* Copies the members to the record (adoption, drift); true when something changed. */
bool vm_from_spec(struct vm *vm, const struct domain_spec *spec);
/* The reverse, for fields that a domain can hold; leaves disks and NICs alone. */
void vm_to_spec(const struct vm *vm, struct domain_spec *spec, const char *store_uuid);
