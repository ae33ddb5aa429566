/* SPDX-License-Identifier: MIT */
/*
 * Domains whose devices have their own boot order. libvirt refuses <boot dev=> in such a domain, so
 * HVM-boot-params:order ("cdn": disk, CD, network; "a": floppy) sets the numbers of the devices.
 */
#pragma once

#include "backends/hv/hv.h"

bool boot_by_device(const struct domain_spec *spec);
/*
 * The letters of @wish ("cdn") for which the domain has devices; @wish NULL: the letters of the devices that have a
 * boot order number, in that order. Owned.
 */
char *boot_letters(const struct domain_spec *spec, const char *wish);
/*
 * Gives the devices of a domain new boot order numbers according to @letters ("cdn"). If some devices of a kind
 * (disk, CD, network) had a number, only these get one again, in their order; else all of that kind do.
 */
void boot_reorder(struct domain_spec *spec, const char *letters);
