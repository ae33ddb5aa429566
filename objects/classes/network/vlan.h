/* SPDX-License-Identifier: MIT */
/* vlan: what ties the PIF of a VLAN to the one that carries it. */
#pragma once

#include "objects/model/record.h"

struct vlan {
	struct record r;
	char *tagged_pif;   /* carries it */
	char *untagged_pif; /* the VLAN's own */
	int64_t tag;
};

RECORD_TYPE(vlan)
