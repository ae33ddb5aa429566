/* SPDX-License-Identifier: MIT */
/* Parses integers and sizes as xe does. Values of fields are parsed by value_parse() in record.h. */
#pragma once

#include <stdint.h>

/*
 * Integers as xe's server reads them: a sign, the prefixes 0x, 0o and 0b, '_' between digits. -1
 * when @text is not such a number or too large.
 */
int int_parse(const char *text, int64_t *ret);
/*
 * Sizes in bytes: decimal digits, blanks, a unit (b bytes k kb kib m mb mib g gb gib t tb tib, any
 * case, powers of 1024); text after the unit and a blank is ignored.
 */
int size_parse(const char *text, int64_t *ret);

/* xe's texts of the error for a bad number: both contain the parameter's name, the second also the number's text. */
#define INTEGER_EXPECTED "Failed to parse parameter '%s': expecting an integer"
#define SIZE_EXPECTED                                                                              \
	"Failed to parse field '%s': expecting an integer (possibly with suffix KiB, MiB, GiB, "   \
	"TiB), got '%s'"
