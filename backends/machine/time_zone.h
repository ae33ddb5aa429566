/* SPDX-License-Identifier: MIT */
/*
 * The local time of a time zone, by the C library. The library takes the zone from the environment of the process, which
 * no other thread may read between zone_enter() and zone_leave(): these calls come before libvirt is opened.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* True for a name such as Europe/Berlin whose rules the machine has. */
bool zone_is_known(const char *name);

/* The value of TZ before zone_enter(), which zone_leave() sets again. */
struct zone {
	char *before;
};
/*
 * Sets the time zone of the process; @name NULL or empty: that of the machine at @root (NULL or "": the real one),
 * whatever TZ says.
 */
struct zone zone_enter(const char *root, const char *name);
void zone_leave(struct zone *before);
#define _cleanup_zone_                                                                             \
	__attribute__((cleanup(zone_leave),                                                        \
		unused)) /* the attribute unused is for clang, which sees no use of the variable */

/* How many seconds local time is ahead of UTC at the instant @at (seconds since 1970). */
int64_t zone_offset(int64_t at);
/*
 * The first instant at which clocks in the zone show the local time @local (as seconds since 1970, if it were UTC).
 * If the clocks jump over it, the instant of the jump.
 */
int64_t zone_instant(int64_t local);
