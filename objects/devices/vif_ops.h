/* SPDX-License-Identifier: MIT */
/* Creates, destroys, plugs, unplugs and moves VIFs. */
#pragma once

#include "objects/session/session.h"

/* vif-create: adds a network card to a VM. With @mac NULL, "" or "random" vxe chooses a MAC address. */
int vif_create(struct session *s, const char *vm, const char *device, const char *network,
	const char *mac, char **ret, struct vxe_error *err) _must_check_;
int vif_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_move(struct session *s, const char *uuid, const char *network,
	struct vxe_error *err) _must_check_;
