/* SPDX-License-Identifier: MIT */
/* vm-uninstall, snapshot-uninstall and template-uninstall: delete VMs with their disks. */
#pragma once

#include "objects/vm/vm_destroy.h"

/*
 * An uninstall in two parts, planning and running, so that the list shown to the user is the plan that is run. The
 * lines are xe's ("VM : UUID (NAME)", "VDI: UUID (NAME) ..."); if the program is called as `vxe`, further lines show
 * the files that are removed, kept or merged.
 */
struct uninstall;
int uninstall_plan(struct session *s, const struct strv *vms, enum end_with with,
	struct uninstall **ret, struct vxe_error *err) _must_check_;
/* The lines that xe shows before it asks the user to confirm an uninstall; borrowed. */
const struct planned_list *uninstall_items(const struct uninstall *u);
/*
 * Lines that say what the uninstall does to running guests, to files and to each layer, which disks stay, and why some
 * layers cannot be removed yet.
 */
int uninstall_actions(struct session *s, const struct uninstall *u, struct planned_list *ret,
	struct vxe_error *err) _must_check_;
/*
 * Checks an uninstall before the user is asked: VXE_INTERNAL_SNAPSHOTS(file, snapshots) if a file that would be removed
 * has internal snapshots; with force=true only tells the user (ui.notice).
 */
int uninstall_check(
	struct session *s, const struct uninstall *u, struct vxe_error *err) _must_check_;
/* Runs the uninstall. If the list has changed since it was shown, deletes nothing and fails with VXE_TRY_AGAIN. */
int uninstall_run(struct session *s, struct uninstall *u, struct vxe_error *err) _must_check_;
/*
 * Deletes these snapshots of one VM with their disks in one operation, so that layers that are merged are copied only
 * once. The user is not asked. @speed: limit for the merges in bytes per second; 0: none.
 */
int uninstall_snapshots(struct session *s, const struct strv *snapshots, int64_t speed,
	struct vxe_error *err) _must_check_;
/*
 * The space in bytes that the uninstall of this snapshot alone would free now: of its memory image and other files, and
 * of its layers, as far as a merge does not move them into another file. Layers that could be removed anyway do not
 * count. Domains and images without a record that use the files are not searched for.
 */
int uninstall_frees(
	struct session *s, const char *snapshot, int64_t *ret, struct vxe_error *err) _must_check_;
/* After uninstall_run(): the layers that cannot be removed yet, as lines of uninstall_actions(). Borrowed. */
const struct strv *uninstall_waits(const struct uninstall *u);
void uninstall_free(struct uninstall *u); /* accepts NULL */
DEFINE_CLEANUP(struct uninstall *, uninstall_free)
#define _cleanup_uninstall_ _cleanup_(uninstall_free_cleanup)
