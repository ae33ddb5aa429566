/* SPDX-License-Identifier: MIT */
/* The facts about the host for /etc/xensource-inventory, which scripts read. */
#pragma once

#include "objects/session/session.h"

struct inventory {
	char *host;	      /* UUID of the host */
	char *control_domain; /* UUID of its control domain */
	char *interface;      /* interface of the default route; "" if there is none */
};
void inventory_clear(struct inventory *i);
#define _cleanup_inventory_ _cleanup_(inventory_clear)

/*
 * Reads the facts from the store (from libvirt if there is no store) and from the kernel; makes no store. Fails:
 * VXE_HYPERVISOR_UNREACHABLE; for a store of another host, VXE_HYPERVISOR_MISMATCH.
 */
int inventory_read(const struct session_config *config, struct inventory *ret,
	struct vxe_error *err) _must_check_;
/* The UUID of the control domain of the host with this UUID. Owned. */
char *inventory_control_domain(const char *host);
/* The interface of the default route with the lowest metric, by the text of /proc/net/route. */
char *inventory_interface(const char *routes);
