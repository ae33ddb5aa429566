/* SPDX-License-Identifier: MIT */
/* Commands of xe that have no meaning on KVM. */
#pragma once

#include "objects/base/str.h"

/* Why there is no such command here, without a full stop; NULL: xe has none of this name either. */
const char *refusal_reason(const char *name);
