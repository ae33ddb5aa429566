/* SPDX-License-Identifier: MIT */
/* host-forget: a host that will not come back leaves the pool, and nobody asks it. */
#pragma once

#include "objects/session/session.h"

/*
 * Deletes the records of the host, of the SRs that only it is connected to with all that lies in them, and of the VMs whose
 * disks do (pool_leave.h), in one transaction; what it has left half done there ends with it. Its other VMs wait for their next
 * home. No file is touched. Fails: as host_if_silent(); HOST_HAS_RESIDENT_VMS as long as it has not been declared dead and
 * VMs are at home there; VXE_BUSY if a guest of another host is on its way there; VXE_TIED_TO_POOL if a disk or layer in
 * another SR needs one of those.
 */
int host_forget(struct session *s, const char *host, struct vxe_error *err) _must_check_;
