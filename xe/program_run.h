/* SPDX-License-Identifier: MIT */
/* One run of the program, from words to an exit status; main.c and tests provide the rest. */
#pragma once

#include "xe/model/program_context.h"

/*
 * Runs the command of @argv, which is without the program's name; prints its result or its error. Returns the exit
 * status.
 */
int program_run(const struct program *p, const char *const *argv, size_t n);
