/* SPDX-License-Identifier: MIT */
/* Fingerprints of image files, by which vxe notices that a file has changed. */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

/*
 * A fingerprint: text that changes when the image is written to, made of its size, its modification
 * time, and its table of internal snapshots. No content is read. "" for a device, because nothing
 * shows a write to it. (The inode's change time is not included, because libvirt changes the owner
 * of files.)
 */
int image_print(
	struct content *c, const char *format, char **ret, struct vxe_error *err) _must_check_;
/*
 * How an image file has changed between two fingerprints, as constant text that follows the file's name; NULL: not at
 * all, or one fingerprint is "".
 */
const char *image_print_differs(const char *then, const char *now);
