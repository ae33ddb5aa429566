/* SPDX-License-Identifier: MIT */
/* Shows the plan of an operation in a dry run, in which it is not run. */
#pragma once

#include "objects/engine/op.h"

/*
 * Shows the user, line by line, what the plan would do: files that are made, copied or frozen, what becomes of the
 * domain, records, space, then the layers that are merged or removed afterwards. Fails as the operation would before
 * its first effect.
 */
int plan_show(struct session *s, const struct op_type *type, const struct plan *p,
	struct vxe_error *err) _must_check_;

/* A line that says what becomes of a snapshot that libvirt keeps itself; owned. */
char *plan_kept_text(bool deleted, const char *name, const char *domain);
/* *ret: a line that says which checkpoints of other programs libvirt forgets with the domain, owned; NULL: none. */
int plan_checkpoints_text(
	struct hv *hv, const char *domain, char **ret, struct vxe_error *err) _must_check_;
