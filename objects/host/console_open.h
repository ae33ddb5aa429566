/* SPDX-License-Identifier: MIT */
/* From a VM to its serial line. */
#pragma once

#include "objects/session/session.h"

int console_open(struct session *s, const char *vm, int *ret, struct vxe_error *err) _must_check_;
