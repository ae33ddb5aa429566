/* SPDX-License-Identifier: MIT */
/*
 * The file system that sr-create makes on an empty device. It has the SR's UUID, by which vxe
 * recognizes the file system, and erases it when an operation is undone.
 */
#pragma once

#include "objects/base/error.h"

#include <stdbool.h>

/*
 * Makes the file system with @uuid. The child survives a death of vxe and holds the locks to its
 * end, so recovery never finds a half-made file system. Fails: VXE_IMAGE_FAILED(device, message).
 */
int ext4_make(const char *device, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * If the device holds an ext file system with @uuid, empties it, as device_is_blank() sees it;
 * leaves any other content alone. Fails if the device is mounted.
 */
int ext4_unmake(const char *device, const char *uuid, struct vxe_error *err) _must_check_;

/* *ret: the first MiB has only zeros, so there is no file system and no partition table. */
int device_is_blank(const char *device, bool *ret, struct vxe_error *err) _must_check_;
