/* SPDX-License-Identifier: MIT */
/* bond: several PIFs that act as one. */
#pragma once

#include "objects/model/record.h"

enum bond_mode { BOND_BALANCE_SLB, BOND_ACTIVE_BACKUP, BOND_LACP };

struct bond {
	struct record r;
	char *master; /* the PIF of the bond itself */
	int mode;     /* enum bond_mode */
	struct map properties;

	char *nic; /* the kernel's name */
};

RECORD_TYPE(bond)
