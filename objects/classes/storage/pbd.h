/* SPDX-License-Identifier: MIT */
/* PBD: the host's connection to an SR, and what it is connected by. */
#pragma once

#include "objects/model/record.h"

struct pbd {
	struct record r;
	char *host;
	char *sr;
	struct map device_config;
	struct map other_config;
};

RECORD_TYPE(pbd)

/* The PBD of an SR that is attached from its beginning; its UUID follows from the SR's. */
int pbd_put(struct txn *t, const char *host, const char *sr, const struct map *device_config,
	struct vxe_error *err) _must_check_;
