/* SPDX-License-Identifier: MIT */
/* Getters of the host's computed fields. */
#pragma once

#include "objects/classes/common/getters.h"

getter_fn host_get_allowed;
getter_fn host_get_software_version;
getter_fn host_get_capabilities;
getter_fn host_get_chipset;
getter_fn host_get_cpu_info; /* used by the class pool, too */
getter_fn host_get_address;
getter_fn host_get_memory_total;
getter_fn host_get_memory_free;
getter_fn host_get_live;
/* A host tells each 20 seconds that it is up; after this time it is taken for one that is not. */
#define HOST_LIVE_MS 90000
getter_fn host_get_resident;
