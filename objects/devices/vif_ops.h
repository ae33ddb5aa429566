/* SPDX-License-Identifier: MIT */
/* The commands on VIFs. */
#pragma once

#include "objects/session/session.h"

/* @mac NULL, "" or "random": vxe chooses one. */
int vif_create(struct session *s, const char *vm, const char *device, const char *network,
	const char *mac, char **ret, struct vxe_error *err) _must_check_;
int vif_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_move(struct session *s, const char *uuid, const char *network,
	struct vxe_error *err) _must_check_;
