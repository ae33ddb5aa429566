/* SPDX-License-Identifier: MIT */
/* Makes, copies and grows the content of whole images that no guest uses. */
#pragma once

#include "objects/disks/disks.h"

/*
 * Makes a new image (qcow2 or raw) at @path with the content of the source @from and @size bytes. If the source is
 * larger, the new image gets the source's size (the caller reports VDI_TOO_SMALL). The image is written under a
 * temporary name; when it is complete and synced it gets the name @path.
 */
int image_make_copy(const struct image_source *from, const char *path, const char *format,
	int64_t size, struct vxe_error *err) _must_check_;
/*
 * Makes a qcow2 image at @path that holds only what differs between the source @from and the backing file @base_name,
 * which must be one of the files below the source. Otherwise as image_make_copy().
 */
int image_make_difference(const struct image_source *from, const char *path, const char *base_name,
	const char *base_format, int64_t size, struct vxe_error *err) _must_check_;
/*
 * Merges the source @from (a qcow2 file) down into its backing file @base, and syncs @base; no guest may use them,
 * and both files stay. Keeps the speed limit of @from, reports progress in bytes of the source, and stops when the
 * operation is cancelled.
 */
int image_commit_watched(const struct image_source *from, struct content *base,
	const char *base_format, struct vxe_error *err) _must_check_;
/* Grows an image that no guest uses to @size bytes, which must not be less than it has now; syncs it. */
int image_grow(
	struct content *c, const char *format, int64_t size, struct vxe_error *err) _must_check_;
