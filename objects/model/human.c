/* SPDX-License-Identifier: MIT */
#include "objects/model/human.h"

#include <time.h>

#include "objects/base/mem.h"
#include "objects/base/str.h"

char *human_size(int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double size = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024)
		return xasprintf("%lld B", (long long)bytes);
	/* 1023.95 would be printed as 1024.0. */
	for (size /= 1024; size >= 1023.95 && unit + 1 < ARRAY_LEN(units); unit++)
		size /= 1024;
	return xasprintf("%.1f %s", size, units[unit]);
}

char *human_time(int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[32];
	struct tm tm;

	return seconds && localtime_r(&t, &tm) &&
			strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm)
		? xstrdup(text)
		: xstrdup("never");
}

char *human_age(int64_t seconds)
{
	static const struct {
		int64_t below; /* the unit is used for ages below so many seconds */
		int64_t length;
		const char *unit;
	} units[] = {
		{ 60, 1, "s" },
		{ 3600, 60, "min" },
		{ INT64_C(2) * 86400, 3600, "h" },
		{ INT64_C(100) * 86400, 86400, "d" },
		{ INT64_C(730) * 86400, INT64_C(30) * 86400, "mo" },
		{ INT64_MAX, INT64_C(365) * 86400, "y" },
	};
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	while (i + 1 < ARRAY_LEN(units) && seconds >= units[i].below)
		i++;
	return xasprintf("%lld %s", (long long)(seconds / units[i].length), units[i].unit);
}

char *human_span(int64_t seconds)
{
	if (seconds < 3600)
		return human_age(seconds);
	if (seconds < 86400)
		return xasprintf("%lld h %lld min", (long long)(seconds / 3600),
			(long long)(seconds % 3600 / 60));
	return xasprintf(
		"%lld d %lld h", (long long)(seconds / 86400), (long long)(seconds % 86400 / 3600));
}
