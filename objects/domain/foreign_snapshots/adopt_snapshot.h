/* SPDX-License-Identifier: MIT */
/* Makes and deletes the records of one snapshot that libvirt keeps. */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * Makes the record of libvirt's snapshot @of of @vm, with VBDs, VIFs and VDIs: the VDI of a disk in an external
 * snapshot names the layer of the disk's top file at that time; that of a disk inside an image (internal snapshot)
 * names none. @parent: UUID, or NULL. *ret is NULL if libvirt has no definition from that time. *unsure becomes true
 * when a disk is missing although its file exists: then adopt_again() is to be called later.
 */
int adopt_snapshot(struct session *s, struct txn *t, const struct vm *vm,
	const struct hv_snapshot *of, const char *parent, struct vm **ret, bool *unsure,
	struct vxe_error *err) _must_check_;
/*
 * Looks again for the content of disks that are missing in a libvirt snapshot's records, and adds what can be found
 * now. *unsure becomes true when a disk is missing although its file exists.
 */
int adopt_again(struct session *s, struct txn *t, const struct vm *vm, const struct vm *snapshot,
	const struct hv_snapshot *of, bool *unsure, struct vxe_error *err) _must_check_;
/*
 * Deletes the records of a libvirt snapshot. Its children get its parent as theirs: among them @vm, whose record the
 * caller saves, and the caller's copies of records in @copies (NULL: none; places may be empty). A layer that vxe
 * made and that nothing else names keeps its record, as an unattached disk.
 */
int forget_snapshot(struct txn *t, const struct vm *snapshot, struct vm *vm,
	const struct records *copies, struct vxe_error *err) _must_check_;
/*
 * False when the file to which the VM wrote after the snapshot @of is not an overlay on @path: then @path does not
 * hold the disk's content at the snapshot, whatever libvirt's document says. (libvirt 9.0 changes the documents of
 * later snapshots when it forgets an earlier one.)
 */
bool overlay_is_on(
	struct session *s, const struct hv_snapshot *of, const char *target, const char *path);
/* Turns the records of a snapshot that libvirt kept, and of its disks, into those of one of vxe's own snapshots. */
int take_over_snapshot(struct txn *t, struct vm *snapshot, struct vxe_error *err) _must_check_;
