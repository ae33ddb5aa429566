/* SPDX-License-Identifier: MIT */
/*
 * The log: lines on stderr for somebody who looks for a fault; off unless VXE_LOG is set (error,
 * warn, info or debug). A command's output or error never goes to the log.
 */
#pragma once

#include "objects/base/mem.h"

#include <stdbool.h>

enum log_level { LOG_NONE, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Sets the level by name; an unknown or NULL name means LOG_NONE. */
void log_set_level(const char *name);
void log_at(enum log_level level, const char *fmt, ...) _printf_(2, 3);

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
