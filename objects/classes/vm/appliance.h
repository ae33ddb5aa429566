/* SPDX-License-Identifier: MIT */
/* appliance: a group of VMs that are started and shut down together; each VM names its appliance. */
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
 * Starts the VMs of the appliance: those with the lowest `order` first, and after each order the longest start delay of
 * its VMs is waited for. Skips VMs that run already (@paused: are paused). If a VM fails, the others are still started;
 * then fails with OPERATION_PARTIALLY_FAILED(operation, VMs), and a notice gives the reason.
 */
int appliance_start(
	struct session *s, const char *uuid, bool paused, struct vxe_error *err) _must_check_;
