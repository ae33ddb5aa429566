/* SPDX-License-Identifier: MIT */
/* The guides of each file, in tables that end with a NULL command. */
#pragma once

#include "xe/manual/guide.h"

extern const struct guide guide_vm[], guide_snapshot[], guide_disk[], guide_host[];
