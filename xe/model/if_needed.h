/* SPDX-License-Identifier: MIT */
/*
 * if-needed=true, as `vxe`: a command that has nothing to do succeeds and changes nothing, so that a script may run it
 * again. There is nothing to do if the VM is in the power state that the command brings it to (member reaches of the
 * command's row), or if an object of the new object's name is there (member makes).
 */
#pragma once

#include "xe/model/call.h"

/* True if the command was called with if-needed=true. */
bool if_needed(const struct call *c);
/* True if @err says that the VM is in the state that the command would bring it to, and if-needed=true. */
bool needless_state(const struct call *c, const struct vxe_error *err);
/*
 * *ret: with if-needed=true the UUID of the object that has the name of the one that the command would make, else NULL;
 * owned. @vm: only its snapshots; NULL: objects of the command's kind. Fails with CLI_AMBIGUOUS if several have the name.
 */
int needless_object(struct call *c, const char *vm, char **ret, struct vxe_error *err) _must_check_;
/*
 * Prints the result of a command with if-needed=true: with --json {"changed": ..., "uuid": ...}, else the UUID if the
 * command makes objects.
 */
void print_changed(struct call *c, const char *uuid, bool changed);
