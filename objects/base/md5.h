/* SPDX-License-Identifier: MIT */
/* MD5 (RFC 1321): only where an existing format requires it, never for security. */
#pragma once

#include <stddef.h>

#define MD5_BYTES 16

void md5(const void *data, size_t n, unsigned char ret[MD5_BYTES]);
