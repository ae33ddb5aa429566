/* SPDX-License-Identifier: MIT */
/* vm-uninstall, snapshot-uninstall and template-uninstall: a VM with its disks. */
#pragma once

#include "objects/session/session.h"

/*
 * Uninstall in two halves, so that the list that is shown is the plan that is run. The lines are
 * xe's ("VM : UUID (NAME)", "VDI: UUID (NAME) ..."); as `vxe` more lines say which files go, stay
 * or are merged.
 */
struct uninstall;
int uninstall_plan(struct session *s, const struct strv *vms, bool with_snapshots,
	struct uninstall **ret, struct vxe_error *err) _must_check_;
/* xe's lines; borrowed. */
const struct strv *uninstall_items(const struct uninstall *u);
/* What becomes of the layers, a line each, and what keeps those that have to wait. */
int uninstall_actions(struct session *s, const struct uninstall *u, struct strv *ret,
	struct vxe_error *err) _must_check_;
/*
 * Before anybody is asked: VXE_INTERNAL_SNAPSHOTS(file, snapshots) when a file that goes holds some and
 * there is no force=true, by which they are named (ui.notice).
 */
int uninstall_check(
	struct session *s, const struct uninstall *u, struct vxe_error *err) _must_check_;
/* Fails with VXE_TRY_AGAIN, nothing done, when the plan would now be another. */
int uninstall_run(struct session *s, struct uninstall *u, struct vxe_error *err) _must_check_;
/* After the run: the layers that wait, as uninstall_actions() has them. Borrowed. */
const struct strv *uninstall_waits(const struct uninstall *u);
void uninstall_free(struct uninstall *u); /* accepts NULL */
DEFINE_CLEANUP(struct uninstall *, uninstall_free)
#define _cleanup_uninstall_ _cleanup_(uninstall_free_cleanup)
