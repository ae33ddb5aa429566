/* SPDX-License-Identifier: MIT */
/*
 * Internal snapshots, those that virsh and virt-manager make, and bitmaps: what would be lost
 * together with a layer.
 */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/session/session.h"

/*
 * Their names and times as text, NULL: the image holds none, or is not there. A table that cannot be
 * read counts as some.
 */
int node_internal(
	const struct node *n, const char *path, char **ret, struct vxe_error *err) _must_check_;
enum loss {
	LOSS_FROZEN, /* the layer is about to be frozen */
	LOSS_GONE,   /* it is about to be left or removed */
};
/*
 * VXE_INTERNAL_SNAPSHOTS(file, snapshots) when the layer holds some; with force=true they are named
 * instead (ui.notice, once), and the layer may go.
 */
int loss_check(struct session *s, const struct node *n, const char *path, enum loss how,
	struct vxe_error *err) _must_check_;
/* The same for a VDI's node, where it goes together with that one name of it. */
int loss_check_last(
	struct session *s, struct txn *t, const char *node, struct vxe_error *err) _must_check_;
/* True when the layer's internal snapshots were named, and may go with it. */
bool loss_is_named(const struct session *s, const char *node);
/* Says what goes together with the layer: internal snapshots, bitmaps of backups. Fails for nothing. */
void loss_tell(struct session *s, const struct node *n, const char *path);
