/* SPDX-License-Identifier: MIT */
/*
 * Where a snapshot of libvirt's belongs among vxe's own, of which libvirt knows nothing: it may be met long after it was
 * made, when the VM has younger ones. The files tell: what a snapshot froze lies below what a younger one froze.
 */
#pragma once

#include "objects/classes/vm/vm.h"

/*
 * Puts the new snapshot @v into the line of vxe's snapshots that ends in vm->parent: its parent becomes the youngest of
 * them that is older, if there is one, and it becomes the parent of the next one, which is saved, or of the VM, which the
 * caller saves, as he saves @v. Nothing happens when it is not in that line, or when an operation changes the next one.
 * @is_current: libvirt says that the VM goes on from it.
 */
int adopt_line(struct txn *t, struct vm *vm, struct vm *v, bool is_current,
	struct vxe_error *err) _must_check_;
