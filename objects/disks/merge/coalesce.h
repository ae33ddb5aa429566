/* SPDX-License-Identifier: MIT */
/* Merges and removes layers that no VDI names. */
#pragma once

#include "objects/disks/disks.h"

/*
 * Merges and removes what is possible now among the layers connected with @seeds (NULL: all of the
 * SR @sr; both NULL: everything). The rest is left for the next call, and is no failure; @waits as of sr_coalesce().
 */
int coalesce(struct session *s, const struct strv *seeds, const char *sr,
	struct coalesce_result *ret, struct strv *waits, struct vxe_error *err) _must_check_;
/* Shows in a dry run what coalesce() would do in the SR, or everywhere; ends with VXE_PLANNED. */
int coalesce_show(struct session *s, const char *sr, struct vxe_error *err) _must_check_;
/* The function foresee of struct op_disks. */
int coalesce_foresee(struct session *s, const struct plan *p, bool stopped, struct strv *lines,
	struct vxe_error *err) _must_check_;
