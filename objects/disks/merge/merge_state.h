/* SPDX-License-Identifier: MIT */
/* Finds out how far the merge of two layers has come, by records, image headers and domain definitions. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/engine/op.h"

/* The two layers of a merge, with their records as they were before it: the records change only with the result. */
struct merge {
	struct op *op;
	const struct plan_disk *disk;
	struct node *gone, *stay;
	struct records above; /* in a commit: the layers whose backing file is the removed one */
	struct strv above_paths;
	/* in a pull: the backing file of the removed layer; NULL: none */
	char *base, *base_format;
	bool down;
};
void merge_clear(struct merge *m);
#define _cleanup_merge_ _cleanup_(merge_clear)
int merge_load(struct op *op, struct merge *m, struct vxe_error *err) _must_check_;
/*
 * Returns 1 if the merge has switched, so that no image header and no definition uses the removed layer any more; 0
 * if one still does.
 */
int merge_switched(const struct merge *m, struct vxe_error *err) _must_check_;
/* Returns 1 if the header of @image names the backing file @backing. */
int header_names(struct content *image, const char *backing, struct vxe_error *err) _must_check_;
/* Returns 1 if a disk of the domain uses the file @path, by its live or inactive XML (@which). */
int domain_is_on(struct op *op, const char *uuid, enum hv_xml which, const char *path,
	struct vxe_error *err) _must_check_;
/*
 * Returns 1 if the guest had moved from the disk's old file to the new one, and all processes have ended since.
 * Before vxe let QEMU move it, vxe removed the write bits of the old file. While QEMU writes to both files, it writes
 * to the old one first, and to the new one within a moment. If the new one was written to later than that, the guest
 * used it alone.
 */
int op_was_moved(struct op *op, const struct plan_disk *d, struct vxe_error *err) _must_check_;
/*
 * For the file of a layer: merge_open_file() sets the owner's write bit for a merge (never for an adopted base);
 * merge_shut_file() sets the write bits according to @state. A file of the user's own whose write bits vxe never took
 * keeps them, unless its state changes.
 */
int merge_open_file(const struct node *n, struct content *c, struct vxe_error *err) _must_check_;
int merge_shut_file(
	const struct node *n, int state, struct content *c, struct vxe_error *err) _must_check_;
/*
 * Refuses while a process reads the file that the merge writes to (cp, rsync, tar): its copy would have the new content without
 * a word. Under a running guest QEMU has the file open, too, and that cannot be told.
 */
int merge_check_readers(const struct merge *m, struct vxe_error *err) _must_check_;
/* Says of a job that has begun and then failed (@err) what one that ends without a word says: QEMU may have failed to sync a file. */
int merge_fail_job(const struct merge *m, struct vxe_error *err) _must_check_;
