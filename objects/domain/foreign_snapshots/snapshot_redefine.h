/* SPDX-License-Identifier: MIT */
/* vxe vm-adopt-snapshot: does what 'virsh snapshot-create --redefine' does, after a look at the files. */
#pragma once

#include "objects/session/session.h"

/*
 * Gives libvirt the document of one of its own snapshots of the VM; *ret is the UUID of its record. @current: what the VM
 * has now is based on it. No disk changes. Before libvirt is asked, VXE_SNAPSHOT_UNFIT(vm, found) unless the document is
 * of this VM, its parent is in libvirt's list, and each disk of then has its content still: an external one in a frozen
 * layer of the VM's disk, an internal one in the image that the VM writes to. One of the same name and time is replaced.
 */
int vm_adopt_snapshot(struct session *s, const char *vm, const char *xml, bool current, char **ret,
	struct vxe_error *err) _must_check_;
