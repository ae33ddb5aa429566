/* SPDX-License-Identifier: MIT */
/* Whether a VBD or VIF is plugged into a running guest. */
#pragma once

#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/session/session.h"

/* True if the VM is not halted; then its devices are attached. Also true if it does not exist. */
int vm_is_up(struct session *s, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/* The live definition of a domain. Owned. */
int vm_live_spec(struct session *s, const char *vm, struct domain_spec **ret,
	struct vxe_error *err) _must_check_;
/*
 * *ret: the running VM has the device; false for a VM that is off. The "shows" functions are for
 * lists: they also notice a device that another program has unplugged, as of the session's first
 * listing.
 */
int vbd_shows_attached(
	struct session *s, const struct vbd *vbd, bool *ret, struct vxe_error *err) _must_check_;
int vif_shows_attached(
	struct session *s, const struct vif *vif, bool *ret, struct vxe_error *err) _must_check_;
