/* SPDX-License-Identifier: MIT */
/* What the kernel says about a host's machine. About another machine than this one nothing is known. */
#pragma once

#include "objects/session/session.h"

/* The kernel's facts about the machine, read once per call of the program. */
const struct machine_facts *host_facts(struct session_host *h);
/* The load of the machine; the first call measures for 200 ms. */
const struct machine_load *host_load(struct session_host *h);
