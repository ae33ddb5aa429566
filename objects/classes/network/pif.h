/* SPDX-License-Identifier: MIT */
/*
 * pif: a network interface of the host: a card, a VLAN on one, or a bond of several. The record has
 * its kind and the values set by users; the rest is read from the kernel when it is shown.
 */
#pragma once

#include "objects/model/record.h"

enum ip_mode { IP_NONE, IP_DHCP, IP_STATIC };
enum ipv6_mode { IPV6_NONE, IPV6_DHCP, IPV6_STATIC, IPV6_AUTOCONF };
enum igmp_status { IGMP_UNKNOWN, IGMP_ENABLED, IGMP_DISABLED };

struct pif {
	struct record r;
	/* name of the PIF's interface; for a VLAN, of the interface that carries it */
	char *device;
	char *mac;
	bool physical;
	int64_t vlan; /* tag of the VLAN; -1: the PIF is no VLAN */
	char *bond_slave_of;
	char *network;
	char *host;
	struct map properties;
	bool disallow_unplug;
	struct map other_config;

	char *nic; /* name of the PIF's interface in the kernel */
};

RECORD_TYPE(pif)

struct session;
/* The IPv4 address of the interface, or of the bridge in which it is; borrowed. NULL or "": none. */
const char *pif_ip(struct session *s, const struct pif *pif);
