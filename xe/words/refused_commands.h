/* SPDX-License-Identifier: MIT */
/* Commands of xe that mean nothing on KVM. */
#pragma once

#include "objects/base/str.h"

/* Why this command does nothing here, without a full stop; NULL: it is no such command. */
const char *refusal_reason(const char *name);
