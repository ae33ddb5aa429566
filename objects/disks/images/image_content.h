/* SPDX-License-Identifier: MIT */
/* Makes, copies and grows the content of whole images that no guest uses. */
#pragma once

#include "objects/disks/disks.h"

/*
 * Makes a new image (qcow2 or raw) at @path with the source's content and @size bytes. If the
 * source is larger, the image is, too (the caller reports VDI_TOO_SMALL). The image is a draft
 * until it is synced; then it gets its name.
 */
int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err) _must_check_;
/*
 * As image_make_copy(), a qcow2 image on the backing file @base_name, which must be one of the files below the
 * source: holds only what differs from it.
 */
int image_make_difference(const struct image_source *from, const char *path, const char *base_name,
	const char *base_format, int64_t size, struct vxe_error *err) _must_check_;
/*
 * Merges the source (qcow2, a file) down into its backing file @base, which is synced, while no guest uses them; both
 * files stay. Follows the source's speed, progress (of the bytes in the source) and cancelled.
 */
int image_commit_watched(const struct image_source *from, struct content *base,
	const char *base_format, struct vxe_error *err) _must_check_;
/* Grows an image that no guest uses to @size bytes, which must not be less than it has now; syncs it. */
int image_grow(
	struct content *c, const char *format, int64_t size, struct vxe_error *err) _must_check_;
