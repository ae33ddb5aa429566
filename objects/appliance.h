/* SPDX-License-Identifier: MIT */
/* appliance: VMs that belong together; each VM names its appliance. */
#pragma once

#include "objects/record.h"

struct appliance {
	struct record r;
	char         *name_label;
	char         *name_description;
};

RECORD_TYPE(appliance)
