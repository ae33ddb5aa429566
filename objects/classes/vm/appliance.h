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
 * Starts its VMs, or shuts them down: those of the least `order` come up first and go down last,
 * and after each order the longest delay of its VMs is waited for. VMs that are there already are
 * left out. What fails does not keep the others from being tried: OPERATION_PARTIALLY_FAILED
 * (operation, the VMs), and a notice says why.
 */
int appliance_start(
	struct session *s, const char *uuid, bool paused, struct vxe_error *err) _must_check_;
