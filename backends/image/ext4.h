/* SPDX-License-Identifier: MIT */
/*
 * The file system that sr-create makes on an empty device. Its UUID is the SR's: by that it is known
 * again, and taken away again, by whoever has to undo what another vxe began.
 */
#pragma once

#include "objects/base/error.h"

/*
 * Makes it with @uuid. The child is not cut short by a death of vxe: it holds the locks to its end,
 * so that what recovery finds is whole. Fails: VXE_IMAGE_FAILED(device, message).
 */
int ext4_make(const char *device, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * The device is empty again, as image_is_blank() sees it, when it holds an ext file system with
 * @uuid; anything else is left alone. Fails where it is mounted.
 */
int ext4_unmake(const char *device, const char *uuid, struct vxe_error *err) _must_check_;
