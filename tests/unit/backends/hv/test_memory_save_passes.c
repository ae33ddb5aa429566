/* SPDX-License-Identifier: MIT */
/* When the passes over a guest's memory are given up. */
#include "backends/hv/memory_save_passes.h"

#include "tests/unit/harness.h"

#define SPEED 50 /* MiB between two looks */

/*
 * A guest of @memory MiB, of which a pass leaves @leaves percent of what it wrote, but at least @hot MiB. The number of
 * MiB that were written when the passes were given up, or at last when at most @limit remain.
 */
static int64_t written_at_end(
	int64_t memory, int64_t leaves, int64_t hot, int64_t limit, bool *vain)
{
	struct passes p = { 0 };
	struct pass_look now = { .pass = 1, .remaining = memory };
	int64_t size = memory;

	for (*vain = false; !*vain && now.written < 100 * memory;) {
		int64_t step = SPEED;

		while (step >= now.remaining) {
			step -= now.remaining;
			now.written += now.remaining;
			size = size * leaves / 100 > hot ? size * leaves / 100 : hot;
			now.remaining = size;
			now.pass++;
			if (size <= limit)
				return now.written;
		}
		now.written += step;
		now.remaining -= step;
		*vain = passes_are_vain(&p, &now);
	}
	return now.written;
}

Test(passes, a_quiet_guest_ends_with_the_first_pass)
{
	bool vain;

	cr_expect_eq(written_at_end(4096, 0, 1, 5, &vain), 4096);
	cr_expect_not(vain);
}

Test(passes, a_guest_that_writes_all_of_it_is_stopped_after_the_first_pass)
{
	bool vain;

	cr_expect_leq(written_at_end(4096, 100, 0, 5, &vain), 4096 + SPEED);
	cr_expect(vain);
	cr_expect_leq(written_at_end(512, 100, 0, 5, &vain), 512 + SPEED);
	cr_expect(vain);
}

Test(passes, one_that_gets_slower_is_waited_for)
{
	bool vain;

	for (int64_t leaves = 1; leaves <= 60; leaves++) {
		cr_expect_leq(written_at_end(4096, leaves, 0, 5, &vain), 3 * 4096);
		cr_expect_not(vain, "%d percent", (int)leaves);
	}
}

Test(passes, what_is_always_written_anew_is_not_written_for_ever)
{
	bool vain;

	for (int64_t hot = 6; hot <= 1000; hot += 7) {
		cr_expect_leq(
			written_at_end(4096, 10, hot, 5, &vain), 3 * 4096, "%d MiB", (int)hot);
		cr_expect(vain);
	}
}

Test(passes, pages_of_zeros_remain_but_are_not_written)
{
	struct passes p = { 0 };

	/* 4,000 of 4,096 MiB are zeros; the guest changes 10 of the others */
	cr_expect_not(passes_are_vain(&p, &(struct pass_look){ 1, 10, 4000 }));
	cr_expect_not(passes_are_vain(&p, &(struct pass_look){ 2, 100, 9 }));
	cr_expect_not(passes_are_vain(&p, &(struct pass_look){ 3, 111, 2 }));
}

Test(passes, the_first_look_may_come_late)
{
	struct passes p = { 0 };

	cr_expect_not(passes_are_vain(&p, &(struct pass_look){ 4, 4096, 100 }));
	cr_expect_not(passes_are_vain(&p, &(struct pass_look){ 4, 4146, 50 }));
	cr_expect(passes_are_vain(&p, &(struct pass_look){ 5, 4246, 800 }));
}
