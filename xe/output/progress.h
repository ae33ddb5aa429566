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
	bool lines; /* print xe's progress lines, because --progress was given */
	/* as `vxe`: the line shows name, rate, time left, and what is waited for */
	bool detail;
	bool quiet; /* draw no progress line; the lines of --progress are printed all the same */
	int64_t start_ms;
	int64_t shown_ms;
	/* time and bytes of the first report, from which the rate is computed; first_ms 0: no report yet */
	int64_t first_ms, first;
	size_t drawn; /* columns of the progress line on the terminal; 0: there is none */
	char *name;   /* command and object that the progress line names; NULL: unknown */
};

void progress_start(struct progress *p, const struct io *io);
void progress_clear(struct progress *p);
/* Sets the command and the object that the progress line names from now on: "vm-export web". */
void progress_name(struct progress *p, const char *command, const char *object);
/* Shows on the progress line that @done of @total bytes are done; @total 0: the total is unknown. */
void progress_show(struct progress *p, int64_t done, int64_t total);
/* Shows what the command waits for, for how long it has waited, and the time limit (0: none), in milliseconds. */
void progress_wait(struct progress *p, const char *what, int64_t ms, int64_t limit_ms);
/* Shows how many objects of how many are done: "vm-list: taking over VMs, 240 of 1000". Removes the line when all are. */
void progress_count(struct progress *p, const char *what, size_t done, size_t total);
/* Removes the progress line from the terminal; must be called before anything else is printed. */
void progress_hide(struct progress *p);
/* Called when an operation is done: removes the progress line and, with --progress, prints xe's last line. */
void progress_done(struct progress *p);
