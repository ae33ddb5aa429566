/* SPDX-License-Identifier: MIT */
/*
 * Text from outside (archives, guests, other people's names, libvirt) on its way to people: in errors,
 * notices and logs. What could move the cursor, forge a line, turn the direction of writing or is no
 * UTF-8 stands as \xNN there; and it is cut, for nobody reads a name of a megabyte. Text that was made
 * safe may be made safe again, it stays the same.
 */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>

#define SHOWN_TEXT 200	/* bytes of a name or value */
#define SHOWN_PATH 4096 /* of a file of this host, and of a whole message */

/* Length of the UTF-8 character at @p and its code point; 0: not one. */
size_t shown_character(const char *p, uint32_t *ret);
/* C0 (newlines, too) and C1 controls, DEL, marks that change the direction, line separators. */
bool shown_is_control(uint32_t code);

/* One line of at most @max bytes, with "..." at the end when it was cut. Owned. */
char *shown(const char *text, size_t max) __attribute__((returns_nonnull));
/* The same whole, with its newlines: text of ours that holds what was made safe. Owned. */
char *shown_lines(const char *text) __attribute__((returns_nonnull));
/*
 * As xvasprintf(), with each string (%s, %c) made safe by itself; the format is ours, and its newlines
 * stay. Strings are cut at @max bytes, those that begin with '/' (files) at SHOWN_PATH. Conversions:
 * d i u x X o c s p f g e, with flags, width, precision and the lengths of integers.
 */
char *shown_vprintf(size_t max, const char *fmt, va_list ap) _printf_(2, 0)
	__attribute__((returns_nonnull));
