/* SPDX-License-Identifier: MIT */
/* What scripts read about the host in /etc/xensource-inventory. */
#pragma once

#include "objects/session/session.h"

struct inventory {
	char *host;	      /* UUID that the host has in a store */
	char *control_domain; /* UUID that it has as a VM */
	char *interface;      /* through which the default route goes; "" when there is none */
};
void inventory_clear(struct inventory *i);
#define _cleanup_inventory_ _cleanup_(inventory_clear)

/*
 * Asks the store, where there is none libvirt, and the kernel; no store is made.
 * VXE_HYPERVISOR_UNREACHABLE; of a store of another host, VXE_HYPERVISOR_MISMATCH.
 */
int inventory_read(const struct session_config *config, struct inventory *ret,
	struct vxe_error *err) _must_check_;
/* The UUID that the host with this UUID has as a VM. Owned. */
char *inventory_control_domain(const char *host);
/* The interface of the default route with the lowest metric, from a text as /proc/net/route. */
char *inventory_interface(const char *routes);
