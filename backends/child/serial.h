/* SPDX-License-Identifier: MIT */
/* The near end of a guest's serial line. */
#pragma once

#include "objects/base/error.h"

/*
 * @location as struct spec_console has it: the path of a terminal or of a socket. A descriptor to
 * read from and write to; -1 with errno (ENXIO: it is neither).
 */
int serial_open(const char *location);
