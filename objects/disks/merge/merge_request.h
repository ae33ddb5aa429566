/* SPDX-License-Identifier: MIT */
/* Merges that the user asks for (vdi-merge), also of layers that vxe did not make. */
#pragma once

#include "objects/disks/disks.h"
#include "objects/disks/disk_plan.h"

/*
 * Marks the asked layers of the tree, each with what hinders its merge: a file that cannot be written to, sizes that do
 * not fit, a snapshot of libvirt's own that names the file.
 */
int merge_ask_mark(struct session *s, const struct merge_ask *a, struct tree *t,
	struct vxe_error *err) _must_check_;
/* True for the ACTION_WAIT of a layer that the user asks for. */
bool merge_ask_stays(const struct tree *t, const struct disk_action *a);
/* Why the layer of that action is not merged; owned. */
char *merge_ask_why(const struct tree *t, const struct disk_action *a);
/* Fails with VXE_LAYER_STAYS(file, reason) for the layer of that action. */
int merge_ask_refuse(const struct tree *t, const struct disk_action *a, struct vxe_error *err);
/* The bytes by which a file with @allocated bytes grows at most when the layer @high is merged into it. */
int64_t merge_growth(const struct tree_node *high, int64_t allocated);
