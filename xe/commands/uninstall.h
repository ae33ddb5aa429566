/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"
#include "objects/vm/vm_destroy.h"

/* Has the user type 'yes': 1: go on, 0: declined, which is said. Fails when the input ends, or on ^C. */
int call_ask(struct call *c, struct vxe_error *err) _must_check_;
/* Shows the plan, asks (unless force=), runs it (unless dry-run=). */
int uninstall(struct call *c, const struct strv *vms, enum end_with with,
	struct vxe_error *err) _must_check_;
