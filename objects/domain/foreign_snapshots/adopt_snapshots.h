/* SPDX-License-Identifier: MIT */
/*
 * Records of the snapshots that libvirt keeps itself (made by virsh or virt-manager). libvirt's list is the truth: a
 * record is made with such a snapshot and deleted with it, and no byte of a disk is copied. vm.snapshots_seen is the
 * state of libvirt's snapshot folder (files_snapshots()) that the records agree with.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * Brings the records of the snapshots that libvirt keeps of this VM up to date, if libvirt's list may have changed
 * since; before that, the records of its disks (vm_load()). Snapshots that cannot be understood now are left out, and
 * looked at again by the next call.
 */
int adopt_snapshots(struct session *s, const struct vm *vm, const struct hv_domain *d,
	struct vxe_error *err) _must_check_;
/*
 * Called when the VM's domain has gone, and with it libvirt's list of snapshots: external ones become vxe's own
 * snapshots. The content of internal ones is still in the image, but nobody has their definitions any more: their
 * records are deleted.
 */
int adopt_orphans(struct session *s, const char *vm, struct vxe_error *err) _must_check_;
/*
 * Calls adopt_snapshots() before snapshots are listed, for every VM whose snapshots may have changed; libvirt's
 * folders usually show that without a connection. @snapshot: only this snapshot is wanted, if it has a record; NULL:
 * all.
 */
int adopt_kept_snapshots(
	struct session *s, const char *snapshot, struct vxe_error *err) _must_check_;
