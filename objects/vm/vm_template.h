/* SPDX-License-Identifier: MIT */
/* A VM loses its domain and gets it again: as a template (vm_template.c), or between two hosts (vm_home.c). */
#pragma once

#include "objects/classes/vm/vm.h"
#include "objects/engine/op.h"

/*
 * The step that is the commit point: defines xml_after (COMMIT_DEFINE), or undefines the domain and leaves its UEFI
 * variables and TPM state (COMMIT_UNDEFINE). Does nothing without a domain in the plan.
 */
int step_change_domain(struct op *op, struct vxe_error *err);
int step_change_domain_back(struct op *op, struct vxe_error *err);
/*
 * Returns 1 if the domain is defined or undefined as planned. A domain that was started without a definition in between
 * still exists, so its definition is restored.
 */
int probe_domain_change(struct op *op, struct vxe_error *err);

/*
 * *ret (owned): the name in libvirt of a VM that gets a domain again: its old one, because its files are named after
 * that; a VM that never ran gets a free name. Fails with OPERATION_NOT_ALLOWED if another domain has the name.
 */
int domain_name_again(
	struct session *s, const struct vm *vm, char **ret, struct vxe_error *err) _must_check_;
