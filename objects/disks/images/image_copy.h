/* SPDX-License-Identifier: MIT */
/*
 * Copies the content of an image, with all of its layers, into one new qcow2 image. A child process (qemu-img) does
 * it, which can be watched and stopped.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

struct image_copy;

/*
 * Starts to copy the image @from to the file @to, which must not exist; the file gets the name @to when the copy is
 * complete and synced. QEMU's lock protects the source, so nobody can open it for writing meanwhile. @snapshot: the
 * key of an internal snapshot in the source (content_snapshots()) whose content is copied instead, also while a guest
 * writes to the image; NULL: none. If another program deletes that snapshot meanwhile, the copy fails with
 * VXE_IMAGE_FAILED. The copy gets owner, permissions and ACL of the source; @old_mode: as in struct content_draft.
 */
int image_copy_start(struct content *from, const char *format, const char *snapshot,
	mode_t old_mode, const char *to, struct image_copy **ret,
	struct vxe_error *err) _must_check_;
/*
 * Waits at most @timeout_ms for the end of an image's copy. Returns 1: still copying, *done bytes are written; 0: the
 * copy is complete; -1: failure.
 */
int image_copy_poll(
	struct image_copy *c, int timeout_ms, int64_t *done, struct vxe_error *err) _must_check_;
/* Stops the copy of an image if it still runs, and removes an incomplete target file. Accepts NULL. */
void image_copy_free(struct image_copy *c);
DEFINE_CLEANUP(struct image_copy *, image_copy_free)
#define _cleanup_image_copy_ _cleanup_(image_copy_free_cleanup)
