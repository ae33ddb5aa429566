/* SPDX-License-Identifier: MIT */
/* vtpm: the TPM of a VM's domain. */
#pragma once

#include "objects/model/record.h"

struct vtpm {
	struct record r;
	char *vm;
};

RECORD_TYPE(vtpm)
