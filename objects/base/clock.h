/* SPDX-License-Identifier: MIT */
/* Time: wall clock for records, monotonic for time-outs. */
#pragma once

#include <stdint.h>

/* Seconds since 1970, UTC: by this machine's clock, or by the one that it follows. */
int64_t clock_wall(void);
/* Milliseconds since 1970, by this machine's clock. */
int64_t clock_machine_ms(void);
/*
 * A clock that several machines share was asked at @asked_ms by this machine's clock, and has shown @shown_ms at some time
 * between then and now. clock_wall() follows it from now on; it changes only as far as that answer proves it wrong.
 */
void clock_follow(int64_t asked_ms, int64_t shown_ms);
/* By how many seconds this machine's clock is ahead of the one that clock_wall() follows; 0 if it follows none. */
int64_t clock_ahead(void);
#if defined(VXE_FAILPOINTS) && VXE_FAILPOINTS
/* In builds with failpoints: clock_wall() returns @ahead seconds more than the real time from now on. */
void clock_pretend(int64_t ahead);
#endif
/* Milliseconds that only ever grow. */
int64_t clock_ms(void);
void clock_sleep_ms(int64_t ms);

#define CLOCK_TEXT_LEN 18
/* Writes YYYYMMDDTHH:MM:SSZ and a NUL. */
void clock_format(int64_t seconds, char text[CLOCK_TEXT_LEN + 1]);
#define CLOCK_ISO_LEN 20
/* Writes YYYY-MM-DDTHH:MM:SSZ (ISO 8601, as JSON's readers expect times) and a NUL. */
void clock_format_iso(int64_t seconds, char text[CLOCK_ISO_LEN + 1]);
/* Parses the text that clock_format() writes, as seconds since 1970; -1 when @text has another form. */
int clock_parse(const char *text, int64_t *ret);
