/* SPDX-License-Identifier: MIT */
/* vbd-param-set mode=: whether the guest may write. */
#pragma once

#include "objects/classes/vm/vbd.h"

/*
 * Saves a change of the VBD's record in which its mode changes, and changes the VM's definition: both or neither. Fails:
 * VM_BAD_POWER_STATE unless the VM is halted, VDI_READONLY, VBD_CDS_MUST_BE_READONLY.
 */
int vbd_set_mode(struct session *s, const struct vbd *before, const struct vbd *after,
	struct vxe_error *err) _must_check_;
