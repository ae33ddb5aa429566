/* SPDX-License-Identifier: MIT */
/* The level of the log is the only mutable global of the program. */
#include "objects/base/log.h"

#include "objects/base/escape.h"

#include <stdio.h>
#include <time.h>

static enum log_level level_now = LOG_NONE;

static const char *const level_names[] = { "none", "error", "warn", "info", "debug" };

void log_set_level(const char *name)
{
	level_now = LOG_NONE;
	for (size_t i = 0; name && i < ARRAY_LEN(level_names); i++)
		if (str_eq(name, level_names[i]))
			level_now = (enum log_level)i;
}

static bool log_enabled(enum log_level level)
{
	return level <= level_now && level != LOG_NONE;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	struct timespec now;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	_cleanup_free_ char *text = shown_vprintf(SHOWN_PATH, fmt, ap);
	va_end(ap);
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(stderr, "vxe[%d] %ld.%03ld %s: %s\n", (int)getpid(), (long)now.tv_sec,
		now.tv_nsec / 1000000, level_names[level], text);
}
