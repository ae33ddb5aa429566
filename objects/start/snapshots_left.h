/* SPDX-License-Identifier: MIT */
/* What the program leaves behind when it is removed from the machine. */
#pragma once

#include "objects/session/session.h"

/*
 * Sets *ret to the number of VMs of this host that have snapshots of vxe's own, by the store alone: libvirt is not asked.
 * No store: 0, and none is made. Snapshots that libvirt keeps itself do not count: they need no vxe. *where: the name of
 * the store that has the records, owned, if there is one.
 */
int snapshots_left(const struct session_config *config, size_t *ret, char **where,
	struct vxe_error *err) _must_check_;
