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

/* What was set before zone_enter(), for zone_leave(). */
struct zone {
	char *before;
};
/* Enters a zone; @name NULL or empty: that of the machine at @root (NULL or "": the real one), whatever TZ says. */
struct zone zone_enter(const char *root, const char *name);
void zone_leave(struct zone *before);
#define _cleanup_zone_                                                                             \
	__attribute__((cleanup(zone_leave),                                                        \
		unused)) /* the attribute unused is for clang, which sees no use of the variable */

/* How many seconds local time is ahead of UTC at the instant @at (seconds since 1970). */
int64_t zone_offset(int64_t at);
/*
 * The first instant at which the clocks show @local (as seconds since 1970, if it were UTC). If they jump over it, the
 * instant of the jump.
 */
int64_t zone_instant(int64_t local);
