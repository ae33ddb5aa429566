/* SPDX-License-Identifier: MIT */
/* secret: a password or similar text that other objects name by UUID. */
#pragma once

#include "objects/model/record.h"

struct secret {
	struct record r;
	char *value;

	struct map other_config; /* xe sets it and never shows it */
};

RECORD_TYPE(secret)
