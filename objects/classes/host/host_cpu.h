/* SPDX-License-Identifier: MIT */
/*
 * host_cpu: a processor of the host. Only its number is stored; the other fields are read from the kernel when they
 * are shown.
 */
#pragma once

#include "objects/model/record.h"

struct host_cpu {
	struct record r;
	char *host;
	int64_t number;
};

RECORD_TYPE(host_cpu)
