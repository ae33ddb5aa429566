/* SPDX-License-Identifier: MIT */
/* What the kernel says about the machine of a host record. For a host that is another machine nothing is known. */
#pragma once

#include "objects/session/session.h"

/* The kernel's facts about the machine, read once per call of the program. */
const struct machine_facts *host_facts(struct session_host *h);
/* The present load of the machine (processors, memory); the first call measures for 200 ms. */
const struct machine_load *host_load(struct session_host *h);
