/* SPDX-License-Identifier: MIT */
/*
 * vxe vm-adopt-snapshot: does what 'virsh snapshot-create --redefine' does, after it has checked the snapshot's
 * files.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Defines a snapshot of the VM in libvirt from a domainsnapshot document; *ret is the UUID of its record. @current:
 * the VM's present disks are based on this snapshot. No disk changes. Fails with VXE_SNAPSHOT_UNFIT(vm, found) before
 * libvirt is asked, unless the document is of this VM, its parent is in libvirt's list, and each disk of the snapshot
 * still has its content: an external one in a frozen layer of the VM's disk, an internal one in the image that the VM
 * writes to. Replaces a snapshot of the same name and time.
 */
int vm_adopt_snapshot(struct session *s, const char *vm, const char *xml, bool current, char **ret,
	struct vxe_error *err) _must_check_;
