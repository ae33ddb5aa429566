/* SPDX-License-Identifier: MIT */
/* Sizes and times as people say them: for tables, graphs and dry runs, never for scripts. */
#pragma once

#include <stdint.h>

/* A number of bytes with one decimal and the largest unit that leaves at least 1: "40.0 MiB", "512 B". Owned. */
char *human_size(int64_t bytes) __attribute__((returns_nonnull));
/* A time in seconds since 1970, local and without seconds: "2026-11-28 11:49"; 0: "never". Owned. */
char *human_time(int64_t seconds) __attribute__((returns_nonnull));
/* A number of seconds, rounded down to the largest fitting unit: "45 s", "12 min", "3 h", "6 d", "5 mo", "2 y". Owned. */
char *human_age(int64_t seconds) __attribute__((returns_nonnull));
/* The same with the next smaller unit behind it: "2 h 13 min", "3 d 4 h"; below an hour as human_age(). Owned. */
char *human_span(int64_t seconds) __attribute__((returns_nonnull));
