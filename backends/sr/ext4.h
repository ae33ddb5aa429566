/* SPDX-License-Identifier: MIT */
/*
 * The ext4 file system that sr-create makes on an empty block device. Its UUID is that of the SR: when sr-create is
 * undone, vxe erases the file system only if it has this UUID.
 */
#pragma once

#include "objects/base/error.h"

#include <stdbool.h>

/*
 * Makes an ext4 file system with @uuid on the device. The child process mkfs.ext4 goes on if vxe dies, and holds
 * vxe's locks until it ends, so recovery never finds a half-made file system. Fails: VXE_IMAGE_FAILED(device,
 * message).
 */
int ext4_make(const char *device, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * If the device holds an ext file system with @uuid, overwrites its first MiB with zeros, so that device_is_blank()
 * is true; leaves any other content alone. Fails if the device is mounted.
 */
int ext4_unmake(const char *device, const char *uuid, struct vxe_error *err) _must_check_;

/* *ret: the first MiB has only zeros, so there is no file system and no partition table. */
int device_is_blank(const char *device, bool *ret, struct vxe_error *err) _must_check_;
