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
/* The file as which an overlay can be used: the overlay gets its owner, permissions and ACL. */
struct image_like {
	const char *path; /* NULL, or if there is no file: the overlay's backing file */
	mode_t old_mode;  /* mode of the file before it was frozen; 0: not known */
};
/*
 * Makes all @n overlays, reads their headers back (backing file, format, size), and syncs them and their directories.
 * @like: for each overlay a file; NULL: the backing files. On failure no overlay is left.
 */
int image_make_overlays(const struct image_overlay *o, size_t n, const struct image_like *like,
	struct vxe_error *err) _must_check_;
/* Makes an empty qcow2 image. */
int image_make(struct content *at, int64_t virtual_size, struct vxe_error *err) _must_check_;
/* Makes an empty raw image. */
int image_make_raw(struct content *at, int64_t virtual_size, struct vxe_error *err) _must_check_;
/* The disk space that a new overlay or empty qcow2 image takes: its header and tables. */
int64_t image_empty_bytes(int64_t virtual_size);
