/* SPDX-License-Identifier: MIT */
/* What would be lost with a layer besides its content: internal snapshots (of virsh and virt-manager) and bitmaps. */
#pragma once

#include "objects/disks/disks.h"

/* What the header of a layer's image says, as texts; NULL: not that, or it is no image. */
struct node_marks {
	char *internal; /* see node_internal() */
	char *dirty,
		/* the file, what is wrong with it and what follows from that; see enum content_state */
		*corrupt;
};
void node_marks_clear(struct node_marks *m);
#define _cleanup_marks_ _cleanup_(node_marks_clear)
int node_marks(const struct session *s, const struct node *n, const char *path,
	struct node_marks *ret, struct vxe_error *err) _must_check_;
/* True if the layer's internal snapshots were reported to the user, so that they may be lost with it. */
bool loss_is_named(const struct session *s, const char *node);
/*
 * What is lost with the layer, as lines for the user when it is gone: internal snapshots, and unless they were @carried into
 * another file, bitmaps of backup programs. Never fails.
 */
void loss_lines(const struct session *s, const struct node *n, const char *path, bool carried,
	struct strv *ret);
