/* SPDX-License-Identifier: MIT */
/* vtpm: the TPM that a VM's domain has. */
#pragma once

#include "objects/model/record.h"

struct vtpm {
	struct record r;
	char *vm;
};

RECORD_TYPE(vtpm)
