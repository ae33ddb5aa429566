/* SPDX-License-Identifier: MIT */
/* Sees that QEMU's user can open what an operation makes for a disk. */
#pragma once

#include "objects/engine/op.h"

/*
 * The op_disks.stay_open of the engine. For an ordinary user: he can open it as he can open the disk now. Not asked of a guest
 * that runs, with which libvirt's own call fails, and the operation is undone. Root gives files away: to the owner of the file
 * that the disk had before, and what has none to QEMU's user, where libvirt would not give it to him.
 */
int plan_stay_open(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
