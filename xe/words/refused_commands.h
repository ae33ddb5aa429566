/* SPDX-License-Identifier: MIT */
/* Commands of xe without a meaning on KVM. */
#pragma once

#include "objects/base/str.h"

/* The reason why this command does nothing, without a full stop; NULL: not such a command. */
const char *refusal_reason(const char *name);
