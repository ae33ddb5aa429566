/* SPDX-License-Identifier: MIT */
/*
 * Whether libvirt's daemon has the same files as vxe at the paths of a plan. A daemon in a container may have others: what
 * vxe makes there, its guests would not find.
 */
#pragma once

#include "objects/engine/plan.h"
#include "objects/session/session.h"

/*
 * Fails with VXE_FILE_ELSEWHERE if the daemon has another file at @path than vxe; of a file that neither has, the folder
 * counts. Passes if they cannot be compared.
 */
int reach_check(struct session *s, const char *path, struct vxe_error *err) _must_check_;
/* reach_check() of all files that the plan names, also of layers that more or fewer disks name afterwards. */
int plan_check_reach(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
/* Why the files of libvirt's daemon cannot be compared with those of vxe, owned; NULL: they can. */
char *reach_unknown(struct session *s);
