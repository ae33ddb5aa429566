/* SPDX-License-Identifier: MIT */
/* Enables and disables the host, reboots it and shuts it down. */
#pragma once

#include "objects/engine/lock_set.h"

/* host-enable and host-disable: no VM starts on a disabled host. */
int host_set_enabled(
	struct session *s, const char *uuid, bool enabled, struct vxe_error *err) _must_check_;
/* Fails with NO_HOSTS_AVAILABLE while the host is disabled, HOST_EVACUATE_IN_PROGRESS while host-evacuate runs. */
int host_check_enabled(struct session *s, struct vxe_error *err) _must_check_;
/* For host-evacuate: until @held is released no VM starts on this host or comes to it. Fails: HOST_EVACUATE_IN_PROGRESS. */
int host_evacuation_begin(
	struct session *s, struct locks *held, struct vxe_error *err) _must_check_;
/* Fails with HOST_EVACUATE_IN_PROGRESS(host) while that host of a pool is being evacuated. */
int host_check_evacuation(struct session *s, const char *host, struct vxe_error *err) _must_check_;

/*
 * host-shutdown and host-reboot: only if the host is disabled and no domain runs. Fails: HOST_NOT_DISABLED,
 * HOST_IN_USE(host, "VM", UUID of a running domain).
 */
enum host_end { HOST_SHUTDOWN, HOST_REBOOT };
int host_end(
	struct session *s, const char *uuid, enum host_end how, struct vxe_error *err) _must_check_;
