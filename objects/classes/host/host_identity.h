/* SPDX-License-Identifier: MIT */
/*
 * Which host a store belongs to: the hypervisor's UUID of it and the driver, as recorded at first
 * contact, and beside them this machine, by /etc/machine-id. Where a machine has no SMBIOS UUID,
 * libvirt draws a new host UUID whenever its daemon starts.
 */
#pragma once

#include "objects/classes/host/host.h"
#include "objects/session/session.h"

/*
 * What stands for this machine in the host record: derived from the machine's id, which is nobody
 * else's business, and the record's UUID. NULL: the machine has none. Owned.
 */
char *host_machine(struct session *s, const char *host_uuid);

/*
 * Compares the hypervisor that @s is connected to with the record. Another one, or another machine:
 * VXE_HYPERVISOR_MISMATCH; another UUID on the same machine: VXE_HOST_UUID_CHANGED.
 */
int host_check(struct session *s, struct vxe_error *err) _must_check_;

/*
 * Is the store's host this machine? By the machine's id, and where that does not say so by the
 * hypervisor: then it fails as host_check() and session_hv() do. A new store's will be.
 */
int host_check_here(struct session *s, struct vxe_error *err) _must_check_;
bool host_is_here(struct session *s);

/*
 * From now on the hypervisor's present UUID is the host's. The record keeps its own UUID, so nothing
 * else changes. Only on the machine that is recorded: else VXE_HYPERVISOR_MISMATCH.
 */
int host_adopt(struct session *s, struct vxe_error *err) _must_check_;
