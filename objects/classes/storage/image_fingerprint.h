/* SPDX-License-Identifier: MIT */
/* Fingerprints of image files: they tell that a file has changed. */
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
/* How the files differ, as constant text that follows a file's name; NULL: they do not, or one fingerprint is "". */
const char *image_print_differs(const char *then, const char *now);
