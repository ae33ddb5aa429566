/* SPDX-License-Identifier: MIT */
/* Merges that the user asks for (vdi-merge), also of layers that vxe did not make. */
#pragma once

#include "objects/disks/disks.h"
#include "objects/disks/disk_plan.h"

/*
 * Marks the layers of the tree that the user asks to merge (vdi-merge), each with what hinders its merge: a file that
 * cannot be written to, sizes that do not fit, a snapshot of libvirt's own that names the file.
 */
int merge_ask_mark(struct session *s, const struct merge_ask *a, struct tree *t,
	struct vxe_error *err) _must_check_;
/* True if the action @a is ACTION_WAIT and its layer is one that the user asks to merge (vdi-merge). */
bool merge_ask_stays(const struct tree *t, const struct disk_action *a);
/* The reason why the layer of the action @a cannot be merged; owned. */
char *merge_ask_why(const struct tree *t, const struct disk_action *a);
/* Fails with VXE_LAYER_STAYS(file, reason), because the layer of the action @a cannot be merged. */
int merge_ask_refuse(const struct tree *t, const struct disk_action *a, struct vxe_error *err);
/* The bytes by which a file with @allocated bytes grows at most when the layer @high is merged into it. */
int64_t merge_growth(const struct tree_node *high, int64_t allocated);
