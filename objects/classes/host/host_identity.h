/* SPDX-License-Identifier: MIT */
/*
 * The host of a store: the hypervisor's UUID and driver as recorded at first contact, and this
 * machine, by /etc/machine-id and the UUID that its firmware says. Without an SMBIOS UUID, libvirt draws a new host UUID whenever
 * its daemon starts.
 */
#pragma once

#include "objects/classes/host/host.h"
#include "objects/session/session.h"

/*
 * The text in the host record that identifies this machine: derived from the record's UUID and from /etc/machine-id,
 * which is confidential. NULL: the machine has no machine-id. Owned.
 */
char *host_machine(const char *root, const char *host_uuid);
/* The same of the machine's board, from the UUID that its firmware says to root alone; NULL: it says none here. */
char *host_board(const char *root, const char *host_uuid);
/*
 * True if the record was made on another machine: a copy has the machine-id, but not the board. For a host of a pool. Without
 * libvirt, whose UUID of the host is compared by host_check().
 */
bool host_is_elsewhere(const char *root, const struct host *host);

/*
 * Compares the connected hypervisor with the host record. Fails with VXE_HYPERVISOR_MISMATCH for another hypervisor or
 * machine, with VXE_HOST_UUID_CHANGED if libvirt gives another host UUID on the same machine, and in a pool with
 * VXE_OTHER_MACHINE if it gives the same one on another machine. @libvirt: a word for
 * the libvirt that answers (files_libvirt()), or NULL: libvirt is asked for its host once for each word, because it may
 * look at each QEMU of the machine before it answers.
 */
int host_check(struct session *s, const char *libvirt, struct vxe_error *err) _must_check_;

/*
 * Checks, before a hypervisor is recorded, that it runs on this machine: makes a temporary file in the folder of disk
 * images, and fails with VXE_REMOTE_URI if the hypervisor does not see the file, as through a tunnel of libvirt's
 * socket.
 */
int host_check_files(struct session *s, struct hv *hv, struct vxe_error *err) _must_check_;

/*
 * Checks that the host on record is this machine. A record without a machine ID is accepted, and so is a new store. If
 * the machine ID differs or is unknown here, connects to the hypervisor, and fails like host_check() and session_hv().
 */
int host_check_here(struct session *s, struct vxe_error *err) _must_check_;
bool host_is_here(struct session *s);

/*
 * Stores libvirt's present host UUID in the host record, after it has changed, or what this machine is known by. The record's own
 * UUID stays, so no other record changes. Fails with VXE_HYPERVISOR_MISMATCH where both are others than the recorded ones.
 */
int host_adopt(struct session *s, struct vxe_error *err) _must_check_;
