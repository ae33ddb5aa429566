/* SPDX-License-Identifier: MIT */
/* Makes the records of one snapshot that libvirt keeps. */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/*
 * Makes the VM record of the snapshot @of, its VBDs, VIFs and VDIs: a VDI of a disk outside of the image names the layer
 * of the file that was the top one then; that of a disk inside the image names none. @parent: UUID, or NULL. NULL in
 * *ret: libvirt has no definition of then. *unsure becomes true when a disk is missing although its file is there: that has
 * to be judged again.
 */
int adopt_snapshot(struct session *s, struct txn *t, const struct vm *vm,
	const struct hv_snapshot *of, const char *parent, struct vm **ret, bool *unsure,
	struct vxe_error *err) _must_check_;
/* Judges the missing disks of a snapshot on record again, which get what they hold if that can be found now; *unsure as above. */
int adopt_again(struct session *s, struct txn *t, const struct vm *vm, const struct vm *snapshot,
	const struct hv_snapshot *of, bool *unsure, struct vxe_error *err) _must_check_;
/*
 * Deletes these records; its children get its parent, also @vm, whose record the caller saves, and the caller's copies
 * of records in @copies (NULL: none; places may be empty). A layer that vxe made and that nothing else names stays on
 * record, as an unattached disk.
 */
int forget_snapshot(struct txn *t, const struct vm *snapshot, struct vm *vm,
	const struct records *copies, struct vxe_error *err) _must_check_;
/*
 * False when the file that the VM wrote to after the snapshot is not on @path: then @path does not hold what the disk held,
 * whatever libvirt's document says. (libvirt 9.0 changes the documents of later snapshots when it forgets an earlier one.)
 */
bool overlay_is_on(
	struct session *s, const struct hv_snapshot *of, const char *target, const char *path);
/* Makes the snapshot and its disks vxe's own. */
int take_over_snapshot(struct txn *t, struct vm *snapshot, struct vxe_error *err) _must_check_;
