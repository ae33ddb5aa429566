/* SPDX-License-Identifier: MIT */
/* Whether a VBD or VIF is plugged into a running guest. */
#pragma once

#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/session/session.h"

/* *ret: the VM is not halted, and its devices are attached; false for a VM that does not exist. */
int vm_is_up(struct session *s, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the VBD or VIF is plugged into the running VM; false for a VM that is off. The "shows" functions are for lists:
 * by libvirt's statistics at the session's first listing, they also notice a device that another program has unplugged.
 */
int vbd_shows_attached(
	struct session *s, const struct vbd *vbd, bool *ret, struct vxe_error *err) _must_check_;
int vif_shows_attached(
	struct session *s, const struct vif *vif, bool *ret, struct vxe_error *err) _must_check_;
