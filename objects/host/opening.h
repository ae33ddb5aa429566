/* SPDX-License-Identifier: MIT */
/* Opening a session: the store now, its host when the hypervisor is first needed. */
#pragma once

#include "objects/session/session.h"

/*
 * Opens the store. Nothing else: the hypervisor is connected by the first session_hv(), which compares
 * it with the host record then, or fills a new store (first_use.c needs the hypervisor's host UUID).
 */
int session_open(struct session **ret, const struct session_config *config,
	struct vxe_error *err) _must_check_;
