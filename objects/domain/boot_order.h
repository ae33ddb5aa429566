/* SPDX-License-Identifier: MIT */
/*
 * A domain whose devices say themselves when they are booted from. libvirt refuses <boot dev=> beside
 * that, so HVM-boot-params:order ("cdn": disk, CD, network; "a": floppy) numbers the devices.
 */
#pragma once

#include "backends/hv/hv.h"

bool boot_by_device(const struct domain_spec *spec);
/*
 * The letters of @wish of which there are devices; NULL: those of what is booted from, in that order.
 * Owned.
 */
char *boot_letters(const struct domain_spec *spec, const char *wish);
/*
 * Numbers the devices anew. Of a kind those that were booted from stay so, in their order; where
 * there were none, all are.
 */
void boot_reorder(struct domain_spec *spec, const char *letters);
