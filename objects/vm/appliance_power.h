/* SPDX-License-Identifier: MIT */
/*
 * Starts and shuts down the VMs of an appliance. A VM that has another home than this host is acted on by a child process,
 * which is this program, called for that VM: it runs at the VM's home. @program: path of this program's file.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Starts the VMs of the appliance: those with the lowest `order` first, and after each order the longest start delay of
 * its VMs is waited for. Skips VMs that run already (@paused: are paused). If a VM fails, the others are still started;
 * then fails with OPERATION_PARTIALLY_FAILED(operation, VMs), and a notice gives the reason.
 */
int appliance_start(struct session *s, const char *program, const char *uuid, bool paused,
	struct vxe_error *err) _must_check_;
/* Shuts them down in the opposite order, each followed by the longest shutdown delay of its order. */
int appliance_shutdown(struct session *s, const char *program, const char *uuid, bool force,
	struct vxe_error *err) _must_check_;
