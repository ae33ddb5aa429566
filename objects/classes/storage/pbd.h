/* SPDX-License-Identifier: MIT */
/* PBD: the connection of the host to an SR, and its device-config. */
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

/* Makes the PBD of an attached SR; the PBD's UUID is derived from the SR's. */
int pbd_put(struct txn *t, const char *host, const char *sr, const struct map *device_config,
	struct vxe_error *err) _must_check_;
