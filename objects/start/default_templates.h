/* SPDX-License-Identifier: MIT */
/* The default templates: data that every new store gets. */
#pragma once

#include "objects/classes/vm/vm.h"

/*
 * A new record of the default template number @i, as a store has it that was first used on this host; NULL: there are no
 * more.
 */
struct vm *template_new(const char *host_uuid, size_t i);
/* Adds a record for each default template; the UUIDs derive from the host's. */
int templates_put(struct txn *t, const char *host_uuid, struct vxe_error *err) _must_check_;
