/* SPDX-License-Identifier: MIT */
/* Whether QEMU's user can open what an operation makes for a disk, as he can open the disk now. */
#pragma once

#include "objects/engine/op.h"

/*
 * The op_disks.stay_open of the engine. Asks nothing for root, who gives files away; nor of a guest that runs, with which
 * libvirt's own call fails, and the operation is undone.
 */
int plan_stay_open(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
