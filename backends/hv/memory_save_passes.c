/* SPDX-License-Identifier: MIT */
#include "backends/hv/memory_save_passes.h"

/*
 * The limit of two thirds: if each pass leaves the part q of what it wrote, all passes together write 1 / (1 - q)
 * times the memory, which is thrice if q is two thirds.
 */
#define LEFT 2
#define OF 3

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * How many bytes of memory the present pass had to write at its beginning; the mean, if several passes have begun
 * between the two samples.
 */
static int64_t size_of(const struct pass_look *last, const struct pass_look *now)
{
	/* Pages of zeros count as remaining, but are not written. */
	int64_t since = larger(now->written - last->written - last->remaining, 0);

	return larger((since + now->remaining) / (now->pass - last->pass), now->remaining);
}

bool passes_are_vain(struct passes *p, const struct pass_look *now)
{
	const struct pass_look last = p->last;
	int64_t before = p->size ? p->size : now->written;

	p->last = *now;
	if (now->pass <= 1 || now->pass <= last.pass)
		return false;
	p->size = size_of(&last, now);
	return p->size * OF > before * LEFT;
}
