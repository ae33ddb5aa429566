/* SPDX-License-Identifier: MIT */
/* The rows of guides in each file, each table ended by a NULL command. */
#pragma once

#include "xe/manual/guide.h"

extern const struct guide guide_vm[], guide_snapshot[], guide_disk[], guide_host[];
