/* SPDX-License-Identifier: MIT */
/* The only code that converts between xe's fields of a VM and libvirt's definition. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "objects/classes/vm/vm.h"

/* Copies the settings of a domain's definition to the VM's record; true if something has changed. */
bool vm_from_spec(struct vm *vm, const struct domain_spec *spec);
/* True if the domain of the VM, which libvirt calls @name now, was renamed since its name was recorded. */
bool vm_is_renamed(const struct vm *vm, const char *name);
/*
 * If another program has renamed the VM's domain, updates the recorded name and the name-label, and returns true. The new
 * name is the VM's label even if the domain has a title: that is from before, unless it was changed, too.
 */
bool vm_take_name(struct vm *vm, const struct domain_spec *spec);
/* Copies the VM's name-label to the title of a definition, which has none if that would be the domain's name. */
void vm_label_to(const struct vm *vm, struct domain_spec *spec);
/* Copies those fields of the VM's record that a domain can hold to a definition; leaves disks and NICs alone. */
void vm_to_spec(const struct vm *vm, struct domain_spec *spec, const char *store_uuid);
