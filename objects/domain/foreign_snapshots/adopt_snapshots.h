/* SPDX-License-Identifier: MIT */
/*
 * Records of the snapshots that libvirt keeps itself (made by virsh or virt-manager). libvirt's list is the truth: a
 * record comes with a snapshot and goes with it, and no byte of a disk is copied. vm.snapshots_seen is the state of
 * libvirt's folder (files_snapshots()) for which the records are right.
 */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * Brings the records of the VM's snapshots up to date, if libvirt's may have changed since; first those of its disks
 * (vm_load()). Snapshots that cannot be understood now are left out, and looked at again by the next call.
 */
int adopt_snapshots(struct session *s, const struct vm *vm, const struct hv_domain *d,
	struct vxe_error *err) _must_check_;
/*
 * The VM's domain has gone, and with it libvirt's list: external snapshots are vxe's own from now on. The content of
 * internal ones is still in its image, but nobody has their definitions any more: their records go.
 */
int adopt_orphans(struct session *s, const char *vm, struct vxe_error *err) _must_check_;
/*
 * adopt_snapshots() before a list of snapshots, for every VM whose snapshots may have changed; libvirt's folders usually tell
 * that without a connection. @snapshot: only that one is wanted, if it is on record; NULL: all.
 */
int adopt_kept_snapshots(
	struct session *s, const char *snapshot, struct vxe_error *err) _must_check_;
