/* SPDX-License-Identifier: MIT */
/*
 * Makes foreign text (archives, guests, names, libvirt) safe to print in errors, notices and logs.
 * Bytes that could move the cursor, forge a line or change the direction of writing, and bytes that
 * are not UTF-8, are printed as \xNN; long text is cut. Making safe text safe again changes
 * nothing.
 */
#pragma once

#include "objects/base/str.h"

#define SHOWN_TEXT 200 /* bytes of a name or value */
#define SHOWN_PATH                                                                                 \
	4096 /* the most bytes that are shown of a path on this host, or of a whole message */

/*
 * True for characters that are not safe to print: C0 controls (also newlines) and C1 controls, DEL, marks that change
 * the direction of writing, line separators.
 */
bool shown_is_control(uint32_t code);

/* The text made safe to print: one line of at most @max bytes, with "..." at the end when it was cut. Owned. */
char *shown(const char *text, size_t max) __attribute__((returns_nonnull));
/*
 * Makes text safe to print as shown() does, but neither cuts it nor escapes its newlines: for vxe's own texts that
 * contain text made safe already. Owned.
 */
char *shown_lines(const char *text) __attribute__((returns_nonnull));
/*
 * Formats as xvasprintf() does, but makes each string argument (%s, %c) safe to print; newlines of the format itself
 * stay. Strings are cut at @max bytes, strings that begin with '/' (paths) at SHOWN_PATH. Conversions: d i u x X o c
 * s p f g e, with flags, width, precision and the lengths of integers.
 */
char *shown_vprintf(size_t max, const char *fmt, va_list ap) _printf_(2, 0)
	__attribute__((returns_nonnull));
