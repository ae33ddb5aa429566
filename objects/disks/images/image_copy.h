/* SPDX-License-Identifier: MIT */
/*
 * A whole copy of the content of an image with all of its layers, as one qcow2 image, made by a
 * child that can be watched and stopped.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

struct image_copy;

/*
 * @to must not exist; it gets its name when the copy is complete and synced. QEMU's lock protects
 * the source, so nobody can open it for writing meanwhile. @snapshot: the key of an internal snapshot in the source
 * ((content_snapshots())), whose content is copied instead, also while a guest writes to the image; NULL: none. A snapshot that
 * another program deletes meanwhile is VXE_IMAGE_FAILED.
 */
int image_copy_start(struct content *from, const char *format, const char *snapshot, const char *to,
	struct image_copy **ret, struct vxe_error *err) _must_check_;
/*
 * Waits at most @timeout_ms. Returns 1: still copying, *done bytes are written; 0: the copy is complete; -1: failure.
 */
int image_copy_poll(
	struct image_copy *c, int timeout_ms, int64_t *done, struct vxe_error *err) _must_check_;
/* Stops a running copy and removes an incomplete one. Accepts NULL. */
void image_copy_free(struct image_copy *c);
DEFINE_CLEANUP(struct image_copy *, image_copy_free)
#define _cleanup_image_copy_ _cleanup_(image_copy_free_cleanup)
