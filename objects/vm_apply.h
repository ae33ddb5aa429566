/* SPDX-License-Identifier: MIT */
/* Settings of a VM that its domain knows, too. */
#pragma once

#include "objects/op.h"
#include "objects/vm.h"

/*
 * Changes the VM's record and its domain from @before (as read) to @after, as one operation that
 * locks, saves the record and is done wholly or not at all. VXE_TRY_AGAIN when the record is no
 * longer @before.
 */
int vm_apply_settings(struct session *s, const struct vm *before, const struct vm *after,
	struct vxe_error *err) _must_check_;

extern const struct op_type vm_apply_op;
