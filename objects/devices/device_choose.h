/* SPDX-License-Identifier: MIT */
/* Chooses the position of a new disk or drive in a VM, and its name in the domain. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"

struct device_place {
	char *userdevice; /* the position as it was given; of "autodetect" the number */
	char *target;
	const char *bus;
};
void device_place_clear(struct device_place *p);
#define _cleanup_place_ _cleanup_(device_place_clear)
/*
 * Turns the position @device of a new disk or drive (vbd_position(), or "autodetect") into one that is free, and
 * libvirt's target and bus; for templates and snapshots only the records count. Fails: INVALID_DEVICE,
 * DEVICE_ALREADY_EXISTS.
 */
int device_choose(const struct vm_loaded *l, const char *device, bool cd, struct device_place *ret,
	struct vxe_error *err) _must_check_;
