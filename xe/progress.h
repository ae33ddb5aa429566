/* SPDX-License-Identifier: MIT */
/*
 * Progress on the error stream: a bar on a terminal for operations longer than a second, or xe's
 * lines for --progress.
 */
#pragma once

#include <stdint.h>

#include "xe/io.h"

struct progress {
	const struct io *io;
	bool lines; /* --progress */
	int64_t start_ms;
	int64_t shown_ms;
	bool drawn; /* a bar is on the terminal */
};

void progress_start(struct progress *p, const struct io *io);
/* @total 0: unknown. */
void progress_show(struct progress *p, int64_t done, int64_t total);
/* Removes the bar, before anything else is printed. */
void progress_hide(struct progress *p);
/* The operation is done: xe's last line. */
void progress_done(struct progress *p);
