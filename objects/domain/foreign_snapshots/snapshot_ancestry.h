/* SPDX-License-Identifier: MIT */
/*
 * Finds out where a snapshot that libvirt keeps belongs among vxe's own, of which libvirt knows nothing: vxe may
 * notice it long after it was made, when the VM has younger ones. The files show the order: the layers that a
 * snapshot froze lie below those that a younger one froze.
 */
#pragma once

#include "objects/classes/vm/vm.h"

/*
 * Puts the new libvirt snapshot @v into the line of ancestors that begins at vm->parent. @v gets as its parent the
 * youngest of vxe's snapshots that is older, if there is one. @v becomes the parent of the next younger snapshot,
 * whose record is saved, or of @vm; the caller saves @vm and @v. Nothing happens when @v is not in that line, or when
 * an operation changes the next younger snapshot. @is_current: libvirt says that the VM is based on @v.
 */
int adopt_line(struct txn *t, struct vm *vm, struct vm *v, bool is_current,
	struct vxe_error *err) _must_check_;
