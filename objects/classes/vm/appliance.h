/* SPDX-License-Identifier: MIT */
/* appliance: VMs that belong together; each VM names its appliance. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

struct appliance {
	struct record r;
	char *name_label;
	char *name_description;
};

RECORD_TYPE(appliance)

/*
 * Starts its VMs, or shuts them down: VMs with the lowest `order` start first and stop last, and
 * after each order the longest delay of its VMs is waited for. Skips VMs that are in the wanted
 * state already. If one fails the others are still tried: OPERATION_PARTIALLY_FAILED (operation,
 * the VMs), and a notice with the reason.
 */
int appliance_start(
	struct session *s, const char *uuid, bool paused, struct vxe_error *err) _must_check_;
