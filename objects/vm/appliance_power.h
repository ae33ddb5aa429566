/* SPDX-License-Identifier: MIT */
/* Starts and shuts down the VMs of an appliance. */
#pragma once

#include "objects/session/session.h"

int appliance_shutdown(
	struct session *s, const char *uuid, bool force, struct vxe_error *err) _must_check_;
