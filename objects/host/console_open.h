/* SPDX-License-Identifier: MIT */
/* Finds and opens the serial line of a VM. */
#pragma once

#include "objects/session/session.h"

int console_open(struct session *s, const char *vm, int *ret, struct vxe_error *err) _must_check_;
