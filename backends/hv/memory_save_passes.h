/* SPDX-License-Identifier: MIT */
/*
 * QEMU writes the memory of a running guest in passes: the first writes all of it, each other what the guest has
 * changed during the one before. It ends when so little is left that the guest need stop only shortly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pass_look {
	int64_t pass; /* number of the pass, from 1 */
	int64_t written,
		remaining; /* bytes that all passes have written; bytes that this pass has left */
};

/* What is known from the looks so far; all zero at the beginning. */
struct passes {
	struct pass_look last;
	int64_t size; /* bytes that the last complete pass had to write; 0: the first pass is at work */
};

/*
 * Takes a look that is later than the last one. True: the guest changes its memory so fast that further passes would
 * write thrice the memory or more, or never come to an end.
 */
bool passes_are_vain(struct passes *p, const struct pass_look *now);
