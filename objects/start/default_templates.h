/* SPDX-License-Identifier: MIT */
/* The default templates: data that every new store gets. */
#pragma once

#include "objects/classes/vm/vm.h"

/* Adds a record for each default template; the UUIDs derive from the host's. */
int templates_put(struct txn *t, const char *host_uuid, struct vxe_error *err) _must_check_;
