/* SPDX-License-Identifier: MIT */
/* What the two ways to resume a VM share: from the memory image that vxe has saved, and from a user's file. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

extern const struct op_type vm_resume_op;

/*
 * Puts the XML with which a memory image is restored, and a token for the restored domain, into the plan: @xml is the
 * image's own, @spec what is changed in it; libvirt allows such changes for files, title and vxe's metadata. Fails:
 * OPERATION_NOT_ALLOWED if the domain has another name by now.
 */
int resume_plan_xml(struct session *s, const struct vm_loaded *l, const char *xml,
	struct domain_spec *spec, struct plan *p, struct vxe_error *err) _must_check_;
