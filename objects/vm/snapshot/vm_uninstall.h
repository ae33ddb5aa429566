/* SPDX-License-Identifier: MIT */
/* vm-uninstall, snapshot-uninstall and template-uninstall: delete VMs with their disks. */
#pragma once

#include "objects/vm/vm_destroy.h"

/*
 * Uninstall in two parts, so that the list shown is the plan that is run. The lines are xe's ("VM :
 * UUID (NAME)", "VDI: UUID (NAME) ..."); as `vxe` further lines show the files that are removed,
 * kept or merged.
 */
struct uninstall;
int uninstall_plan(struct session *s, const struct strv *vms, enum end_with with,
	struct uninstall **ret, struct vxe_error *err) _must_check_;
/* The lines that xe shows before it asks; borrowed. */
const struct strv *uninstall_items(const struct uninstall *u);
/* What will happen to the layers, a line for each, and why some have to wait. */
int uninstall_actions(struct session *s, const struct uninstall *u, struct strv *ret,
	struct vxe_error *err) _must_check_;
/*
 * Called before the user is asked: VXE_INTERNAL_SNAPSHOTS(file, snapshots) if a file that would be removed has
 * internal snapshots; with force=true only tells the user (ui.notice).
 */
int uninstall_check(
	struct session *s, const struct uninstall *u, struct vxe_error *err) _must_check_;
/* Deletes everything. If the list has changed since it was shown, does nothing and fails with VXE_TRY_AGAIN. */
int uninstall_run(struct session *s, struct uninstall *u, struct vxe_error *err) _must_check_;
/*
 * Deletes these snapshots of one VM with their disks, in one operation: what is merged then is copied once. Nobody is
 * asked. @speed: of the merges, bytes per second; 0: as fast as possible.
 */
int uninstall_snapshots(struct session *s, const struct strv *snapshots, int64_t speed,
	struct vxe_error *err) _must_check_;
/*
 * The space that the uninstall of this snapshot alone would free now, in bytes: of its memory image and other files, and of
 * its layers, as far as a merge does not move them into another file. What is free to go already does not count. Users of
 * the files that are not on record are not searched.
 */
int uninstall_frees(
	struct session *s, const char *snapshot, int64_t *ret, struct vxe_error *err) _must_check_;
/* After the run: the layers that have to wait, as lines of uninstall_actions(). Borrowed. */
const struct strv *uninstall_waits(const struct uninstall *u);
void uninstall_free(struct uninstall *u); /* accepts NULL */
DEFINE_CLEANUP(struct uninstall *, uninstall_free)
#define _cleanup_uninstall_ _cleanup_(uninstall_free_cleanup)
