/* SPDX-License-Identifier: MIT */
/* bond: several PIFs that act as one. */
#pragma once

#include "objects/model/record.h"

enum bond_mode { BOND_BALANCE_SLB, BOND_ACTIVE_BACKUP, BOND_LACP };

struct bond {
	struct record r;
	char *master; /* UUID of the PIF that stands for the bond as a whole */
	int mode;     /* enum bond_mode */
	struct map properties;

	char *host; /* UUID of the host */
	char *nic;  /* name of the bond's interface in the kernel */
};

RECORD_TYPE(bond)
