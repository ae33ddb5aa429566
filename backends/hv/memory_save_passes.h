/* SPDX-License-Identifier: MIT */
/*
 * QEMU writes the memory of a running guest in passes: the first writes all of it, each other what the guest has
 * changed during the one before. The save ends when so little is left that the guest need stop only shortly. The
 * functions here judge whether it will ever come to that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pass_look {
	int64_t pass; /* number of the pass, from 1 */
	int64_t written,
		/* bytes that all passes so far have written; bytes that the present pass has still to write */
		remaining;
};

/* What is known from the samples of a save's progress so far; all zero at the beginning. */
struct passes {
	struct pass_look last;
	/* bytes that the present pass had to write at its beginning; 0: the first pass is at work */
	int64_t size;
};

/*
 * Takes a sample of a save's progress, later than the last one. True: the guest changes its memory so fast that
 * further passes would write thrice the memory or more, or never come to an end.
 */
bool passes_are_vain(struct passes *p, const struct pass_look *now);
