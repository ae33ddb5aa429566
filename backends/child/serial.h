/* SPDX-License-Identifier: MIT */
/* Opens the host's end of a guest's serial line. */
#pragma once

#include "objects/base/error.h"

/*
 * Opens @location (as in struct spec_console), the path of a terminal or a socket, for reading and
 * writing. -1 with errno (ENXIO: neither of the two).
 */
int serial_open(const char *location);
