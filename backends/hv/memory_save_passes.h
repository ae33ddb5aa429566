/* SPDX-License-Identifier: MIT */
/*
 * QEMU writes the memory of a running guest in passes: the first writes all of it, each other what the guest has
 * changed during the one before. It ends when so little is left that the guest need stop only shortly.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pass_look {
	int64_t pass;		    /* the number of the pass; from 1 */
	int64_t written, remaining; /* bytes, of all passes; of this one */
};

/* What is known from the looks until now; all zero at the beginning. */
struct passes {
	struct pass_look last;
	int64_t size; /* what the last pass but one wrote; 0: the first is at work */
};

/*
 * Takes a look that is later than the last one. True: the guest changes its memory so fast that further passes would
 * write thrice the memory or more, or never come to an end.
 */
bool passes_are_vain(struct passes *p, const struct pass_look *now);
