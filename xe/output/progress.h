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
	bool lines;  /* --progress */
	bool detail; /* as vxe: with name, rate and time left, and what is waited for */
	int64_t start_ms;
	int64_t shown_ms;
	int64_t first_ms, first; /* of the first report, for the rate; first_ms 0: none yet */
	size_t drawn;		 /* columns of the line on the terminal; 0: none */
	char *name;		 /* what it is the progress of; NULL: unknown */
};

void progress_start(struct progress *p, const struct io *io);
void progress_clear(struct progress *p);
/* "vm-export web": from now on the progress of this. */
void progress_name(struct progress *p, const char *command, const char *object);
/* Bytes; @total 0: unknown. */
void progress_show(struct progress *p, int64_t done, int64_t total);
/* What is waited for, for how long by now, and at most (0: no limit), in ms. */
void progress_wait(struct progress *p, const char *what, int64_t ms, int64_t limit_ms);
/* Removes the line, before anything else is printed. */
void progress_hide(struct progress *p);
/* The operation is done: xe's last line. */
void progress_done(struct progress *p);
