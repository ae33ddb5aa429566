/* SPDX-License-Identifier: MIT */
/* Another host of the pool, for what a migration asks of its libvirt. */
#pragma once

#include "objects/classes/host/host.h"
#include "objects/session/session.h"

/* *ret: the URI by which the other host's libvirt is reached, owned. Fails with HOST_OFFLINE if no address of it is known. */
int other_host_uri(
	struct session *s, const struct host *host, char **ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the URI to which a guest's memory is sent, owned; NULL: no address of the host is known. @network: its UUID, or NULL.
 * Fails if the host has no address in that: HOST_CANNOT_ATTACH_NETWORK, INTERFACE_HAS_NO_IP.
 */
int other_host_memory_uri(struct session *s, struct txn *t, const struct host *host,
	const char *network, char **ret, struct vxe_error *err) _must_check_;
/*
 * Connects to the libvirt of the host with the UUID @host at @uri. Fails with HOST_OFFLINE, and says why in a notice;
 * VXE_HYPERVISOR_MISMATCH if another host answers.
 */
int other_host_open(struct session *s, const char *host, const char *uri, struct hv **ret,
	struct vxe_error *err) _must_check_;
DEFINE_CLEANUP(struct hv *, hv_close)
#define _cleanup_hv_ _cleanup_(hv_close_cleanup)
