/* SPDX-License-Identifier: MIT */
/*
 * Progress on the error stream: a bar on a terminal for operations longer than a second, what the command waits for, or
 * xe's lines for --progress.
 */
#pragma once

#include <stdint.h>

#include "xe/output/io.h"

struct progress {
	const struct io *io;
	bool lines;  /* --progress was given */
	bool detail; /* as `vxe`: show name, rate, time left, and what is waited for */
	int64_t start_ms;
	int64_t shown_ms;
	int64_t first_ms,
		first; /* time and bytes of the first report, for the rate; first_ms 0: none yet */
	size_t drawn;  /* columns of the line that is on the terminal; 0: there is none */
	char *name;    /* what the progress is of; NULL: unknown */
};

void progress_start(struct progress *p, const struct io *io);
void progress_clear(struct progress *p);
/* Names what the progress is of from now on: "vm-export web". */
void progress_name(struct progress *p, const char *command, const char *object);
/* Shows that @done of @total bytes are done; @total 0: unknown. */
void progress_show(struct progress *p, int64_t done, int64_t total);
/* Shows what is waited for, how long it has been, and the limit (0: none), in milliseconds. */
void progress_wait(struct progress *p, const char *what, int64_t ms, int64_t limit_ms);
/* Removes the line; must come before anything else is printed. */
void progress_hide(struct progress *p);
/* The operation is done: prints xe's last line. */
void progress_done(struct progress *p);
