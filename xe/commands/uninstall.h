/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"
#include "objects/vm/vm_destroy.h"

/*
 * Asks the user to type 'yes'. Returns 1: go on, 0: the user has declined, which is reported. Fails on ^C, and at the
 * end of the input.
 */
int call_ask(struct call *c, struct vxe_error *err) _must_check_;
/* Shows what will be deleted, asks the user (unless force=), and deletes the VMs or snapshots (unless dry-run=). */
int uninstall(struct call *c, const struct strv *vms, enum end_with with,
	struct vxe_error *err) _must_check_;
