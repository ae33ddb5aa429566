/* SPDX-License-Identifier: MIT */
/* Makes empty images and overlays. An image gets its final name only when it is complete and synced. */
#pragma once

#include "backends/content/content.h"

struct image_overlay {
	struct content *at; /* the path at which the image is made; no file may exist there */
	/* name of the backing file as the image's header has it: relative in the same directory; NULL: none */
	const char *backing;
	const char *backing_format; /* "qcow2" or "raw" */
	int64_t virtual_size;
};
/*
 * Makes all @n overlays, reads their headers back (backing file, format, size), and syncs them and their directories.
 * Each gets owner, group and mode of its backing file, or, if the owner may not write to that, those of the file
 * @like (may be NULL). On failure no overlay is left.
 */
int image_make_overlays(const struct image_overlay *o, size_t n, const char *like,
	struct vxe_error *err) _must_check_;
/* Makes an empty qcow2 image. */
int image_make(struct content *at, int64_t virtual_size, struct vxe_error *err) _must_check_;
/* Makes an empty raw image. */
int image_make_raw(struct content *at, int64_t virtual_size, struct vxe_error *err) _must_check_;
/* The disk space that a new overlay or empty qcow2 image takes: its header and tables. */
int64_t image_empty_bytes(int64_t virtual_size);
