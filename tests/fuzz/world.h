/* SPDX-License-Identifier: MIT */
/* A session on the memory store with a few records, for the targets that need one. */
#pragma once

#include "objects/session/session.h"

/* Opened by the first call and kept: who changes it, takes that back. */
struct session *fuzz_world(void);
/* Another one, with the same records. */
struct session *fuzz_world_new(void);
