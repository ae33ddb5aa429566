/* SPDX-License-Identifier: MIT */
/*
 * host_cpu: a processor of the host; everything but its number is read from the kernel when shown.
 */
#pragma once

#include "objects/model/record.h"

struct host_cpu {
	struct record r;
	char *host;
	int64_t number;
};

RECORD_TYPE(host_cpu)
