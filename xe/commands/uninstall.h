/* SPDX-License-Identifier: MIT */
#pragma once

#include "xe/model/command.h"
#include "objects/vm/vm_destroy.h"

/*
 * Asks the user to type 'yes'. Returns 1: go on, 0: the user has declined, which is reported. Fails on ^C, and at the
 * end of the input.
 */
int call_ask(struct call *c, struct vxe_error *err) _must_check_;
/*
 * True if a question reaches a person: standard input, output and error stream are all terminals, so that no program
 * reads the question, or loses a line of its input.
 */
bool call_may_ask(const struct call *c);
/* Shows what will be deleted, asks the user (unless force=), and deletes the VMs or snapshots (unless dry-run=). */
int uninstall(struct call *c, const struct strv *vms, enum end_with with,
	struct vxe_error *err) _must_check_;
