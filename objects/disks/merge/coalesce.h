/* SPDX-License-Identifier: MIT */
/* Merges and removes layers that no VDI names. */
#pragma once

#include "objects/disks/disks.h"

/*
 * Merges and removes what is possible now among the layers that backing files connect with the layers @seeds (NULL:
 * all layers of the SR @sr; both NULL: all layers). What is not possible now is left for the next call, and is no
 * failure; @waits is that of sr_coalesce().
 */
int coalesce(struct session *s, const struct strv *seeds, const char *sr,
	struct coalesce_result *ret, struct strv *waits, struct vxe_error *err) _must_check_;
/*
 * Shows in a dry run which layers coalesce() would merge or remove in the SR @sr, or everywhere (NULL); ends with
 * VXE_PLANNED.
 */
int coalesce_show(struct session *s, const char *sr, struct vxe_error *err) _must_check_;
/* The function foresee of struct op_disks. */
int coalesce_foresee(
	struct session *s, const struct plan *p, bool stopped, struct vxe_error *err) _must_check_;
