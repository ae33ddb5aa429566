/* SPDX-License-Identifier: MIT */
/* Commands of xe that mean nothing on KVM. */
#pragma once

#include "objects/base/str.h"

/* The reason why a command of xe does nothing on KVM, without a full stop; NULL: @name is no such command. */
const char *refusal_reason(const char *name);
