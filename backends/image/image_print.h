/* SPDX-License-Identifier: MIT */
/* Fingerprints of image files. */
#pragma once

#include "objects/base/error.h"

/*
 * A fingerprint: text by which a later look tells whether the image was written to since, from its size,
 * its time of change, and its table of internal snapshots. No content is read. ""
 * where nothing tells: a device. (The time of change of the inode is no part of it: libvirt gives files
 * to other owners.)
 */
int image_print(
	const char *path, const char *format, char **ret, struct vxe_error *err) _must_check_;
/* What differs, constant text that follows the file's name; NULL: nothing, or one of them is "". */
const char *image_print_differs(const char *then, const char *now);
