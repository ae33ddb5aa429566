/* SPDX-License-Identifier: MIT */
/* appliance: a group of VMs that are started and shut down together; each VM names its appliance. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

struct appliance {
	struct record r;
	char *name_label;
	char *name_description;
};

RECORD_TYPE(appliance)
