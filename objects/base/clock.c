/* SPDX-License-Identifier: MIT */
/* Time and its one text form. */
#include "objects/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(VXE_FAILPOINTS) && VXE_FAILPOINTS
static int64_t pretended;

void clock_pretend(int64_t ahead)
{
	pretended = ahead;
}
#define AHEAD pretended
#else
#define AHEAD 0
#endif

/* How much clock_wall() is ahead of this machine's clock. */
static int64_t shift_ms;

int64_t clock_machine_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_follow(int64_t asked_ms, int64_t shown_ms)
{
	const int64_t least = shown_ms - clock_machine_ms(), most = shown_ms - asked_ms;

	if (shift_ms < least)
		shift_ms = least;
	if (shift_ms > most)
		shift_ms = most;
}

int64_t clock_ahead(void)
{
	return -shift_ms / 1000;
}

int64_t clock_wall(void)
{
	return (clock_machine_ms() + shift_ms) / 1000 + AHEAD;
}

int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

void clock_format(int64_t seconds, char text[CLOCK_TEXT_LEN + 1])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(text, CLOCK_TEXT_LEN + 1, "%Y%m%dT%H:%M:%SZ", &tm) == 0)
		memcpy(text, "19700101T00:00:00Z", CLOCK_TEXT_LEN + 1);
}

void clock_format_iso(int64_t seconds, char text[CLOCK_ISO_LEN + 1])
{
	char plain[CLOCK_TEXT_LEN + 1];

	clock_format(seconds, plain);
	snprintf(text, CLOCK_ISO_LEN + 1, "%.4s-%.2s-%s", plain, plain + 4, plain + 6);
}

int clock_parse(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y%m%dT%H:%M:%SZ", &tm);

	if (!end || *end)
		return -1;
	*ret = (int64_t)timegm(&tm);
	return 0;
}
