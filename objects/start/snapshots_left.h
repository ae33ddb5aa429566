/* SPDX-License-Identifier: MIT */
/* What the program leaves behind when it is removed from the machine. */
#pragma once

#include "objects/session/session.h"

/*
 * Sets *ret to the number of VMs that have snapshots of vxe's own, by the store alone: libvirt is not asked. No store: 0,
 * and none is made. Snapshots that libvirt keeps itself do not count: they need no vxe.
 */
int snapshots_left(
	const struct session_config *config, size_t *ret, struct vxe_error *err) _must_check_;
