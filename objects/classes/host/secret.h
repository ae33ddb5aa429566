/* SPDX-License-Identifier: MIT */
/* secret: a password or similar text that other objects name by UUID. */
#pragma once

#include "objects/model/record.h"

struct secret {
	struct record r;
	char *value;

	struct map other_config; /* the field other-config, which xe can set but never shows */
};

RECORD_TYPE(secret)
