/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648, with padding, without line breaks). */
#pragma once

#include "objects/base/mem.h"

#include <stdbool.h>

/* The text of the bytes; owned. */
char *base64_encode(const void *data, size_t n);
/* Decodes base64; false if the text is not base64. *ret is owned and has a NUL after its *n bytes. */
bool base64_decode(const char *text, char **ret, size_t *n) _must_check_;
