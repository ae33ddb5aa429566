/* SPDX-License-Identifier: MIT */
/* What libvirt calls before it starts a guest, by its hook: objects/pool/start_hook.h. */
#pragma once

#include "xe/model/program_context.h"

/*
 * Reads the definition of a domain from the standard input. Returns 0: it may start; EXIT_FAILED: it must not, and a
 * sentence on the error stream says why. libvirt waits, so the pool's store has five seconds for its answer.
 */
int start_check_run(const struct program *p);
