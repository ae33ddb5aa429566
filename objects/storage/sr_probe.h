/* SPDX-License-Identifier: MIT */
/* sr-probe: finds SRs that could be introduced. */
#pragma once

#include "objects/session/session.h"

/* The SRs that could be introduced with this device-config, as xe's XML. Owned. */
int sr_probe(struct session *s, const char *type, const struct map *device_config, char **ret,
	struct vxe_error *err) _must_check_;
