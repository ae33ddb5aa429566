/* SPDX-License-Identifier: MIT */
/*
 * What would be lost with a layer's file besides the disk content of the layer: internal snapshots (of virsh and
 * virt-manager) and bitmaps.
 */
#pragma once

#include "objects/disks/disks.h"

/*
 * What the header of a layer's image says about internal snapshots, a dirty state and damage, as texts; NULL if it does
 * not say that, or if the file is no image.
 */
struct node_marks {
	char *internal; /* see node_internal() */
	char *dirty,
		/*
		 * text with the file name, what is wrong with the image and what follows from that; see enum
		 * content_state
		 */
		*corrupt;
};
void node_marks_clear(struct node_marks *m);
#define _cleanup_marks_ _cleanup_(node_marks_clear)
int node_marks(const struct session *s, const struct node *n, const char *path,
	struct node_marks *ret, struct vxe_error *err) _must_check_;
/*
 * True if the layer's internal snapshots may be lost with its file, because they were reported to the user or the user
 * allows the loss of all.
 */
bool loss_is_named(const struct session *s, const char *node);
/*
 * Adds lines for the user about what is lost with a layer's file that is removed: internal snapshots, and, unless they
 * were @carried into another file, bitmaps of backup programs. Never fails.
 */
void loss_lines(const struct session *s, const struct node *n, const char *path, bool carried,
	struct strv *ret);
/*
 * Adds a line for the user about the bitmaps that a merge takes out of the lower file, because it has to make that file as
 * long as the upper one. Never fails.
 */
void loss_below(struct content *high, struct content *low, struct strv *ret);
