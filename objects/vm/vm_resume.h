/* SPDX-License-Identifier: MIT */
/* What the two ways to resume a VM share: from vxe's image, and from a user's file. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

extern const struct op_type vm_resume_op;

/*
 * Keeps in the plan the XML to restore with, and its token: @xml, that of the image, as @spec has
 * changed it; a restore allows that for files, title and mark. Fails: OPERATION_NOT_ALLOWED if the
 * domain has another name by now.
 */
int resume_plan_xml(struct session *s, const struct vm_loaded *l, const char *xml,
	struct domain_spec *spec, struct plan *p, struct vxe_error *err) _must_check_;
