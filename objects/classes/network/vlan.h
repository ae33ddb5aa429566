/* SPDX-License-Identifier: MIT */
/* vlan: connects the PIF of a VLAN to the PIF that carries it. */
#pragma once

#include "objects/model/record.h"

struct vlan {
	struct record r;
	char *tagged_pif;   /* the PIF that carries the VLAN */
	char *untagged_pif; /* UUID of the PIF that stands for the VLAN's own interface */
	int64_t tag;

	char *host; /* UUID of the host */
};

RECORD_TYPE(vlan)
