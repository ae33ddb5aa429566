/* SPDX-License-Identifier: MIT */
/*
 * Overlays of others on a layer that waits because of them. A search finds such an overlay only in certain folders, and a
 * folder may be among them for a time: a pool that ends with the next boot, a file system that is not mounted. So the record
 * of the layer keeps the overlay's path, and the overlay is looked at again before anything is done to the layer.
 */
#pragma once

#include "objects/disks/disks.h"

/* Keeps the path of the image @overlay in the record of the layer in the file @path. A failure is only logged. */
void overlay_keep(struct session *s, const char *path, const char *overlay);
/*
 * Calls @fn for each kept overlay of the layer @node in the file @path that still names that file, or that may do so: because it
 * cannot be read, or its file system is not mounted.
 */
int overlays_find(struct session *s, struct txn *t, const char *node, const char *path,
	stranger_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
