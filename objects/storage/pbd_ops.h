/* SPDX-License-Identifier: MIT */
/* The commands on PBDs. */
#pragma once

#include "objects/session/session.h"

int pbd_create(struct session *s, const char *host, const char *sr, const struct map *device_config,
	char **ret, struct vxe_error *err) _must_check_;
int pbd_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int pbd_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int pbd_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
