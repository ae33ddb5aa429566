/* SPDX-License-Identifier: MIT */
/*
 * The host of a store: the hypervisor's UUID and driver as recorded at first contact, and this
 * machine, by /etc/machine-id. Without an SMBIOS UUID, libvirt draws a new host UUID whenever its
 * daemon starts.
 */
#pragma once

#include "objects/classes/host/host.h"
#include "objects/session/session.h"

/*
 * The identification of this machine in the host record: derived from the machine's id, which is
 * confidential, and the record's UUID. NULL: the machine has no id. Owned.
 */
char *host_machine(struct session *s, const char *host_uuid);

/*
 * Compares the connected hypervisor with the record. Another hypervisor or machine:
 * VXE_HYPERVISOR_MISMATCH; another UUID on the same machine: VXE_HOST_UUID_CHANGED.
 */
int host_check(struct session *s, struct vxe_error *err) _must_check_;

/*
 * Fails with VXE_REMOTE_URI if the hypervisor does not see a file that is made for this in the folder of the disks, as one
 * that is reached by a tunnel of its socket. Asked when a hypervisor is recorded.
 */
int host_check_files(struct session *s, struct hv *hv, struct vxe_error *err) _must_check_;

/*
 * Checks that the store's host is this machine: by the machine's id, or, if that is unknown, by the
 * hypervisor; then it fails like host_check() and session_hv(). Accepts a new store.
 */
int host_check_here(struct session *s, struct vxe_error *err) _must_check_;
bool host_is_here(struct session *s);

/*
 * Records the hypervisor's present UUID. The host's own UUID stays, so nothing else changes. Only
 * on the recorded machine: else VXE_HYPERVISOR_MISMATCH.
 */
int host_adopt(struct session *s, struct vxe_error *err) _must_check_;
