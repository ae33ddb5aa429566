/* SPDX-License-Identifier: MIT */
/* Texts and values: how xe reads numbers. The calls on fields stand in record.h. */
#pragma once

#include <stdint.h>

/*
 * Integers as xe's server reads them: a sign, the prefixes 0x, 0o and 0b, '_' between digits.
 * -1 when @text is no such number or too large.
 */
int int_parse(const char *text, int64_t *ret);
/*
 * Sizes in bytes: decimal digits, blanks, a unit (b bytes k kb kib m mb mib g gb gib t tb tib, any
 * case, powers of 1024); what follows the unit after a blank is ignored.
 */
int size_parse(const char *text, int64_t *ret);

/* xe's words about a text that is none, each with the parameter's name; the second with the text. */
#define INTEGER_EXPECTED "Failed to parse parameter '%s': expecting an integer"
#define SIZE_EXPECTED                                                                              \
	"Failed to parse field '%s': expecting an integer (possibly with suffix KiB, MiB, GiB, "   \
	"TiB), got '%s'"
