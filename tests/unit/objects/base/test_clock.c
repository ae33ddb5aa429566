/* SPDX-License-Identifier: MIT */
#include "objects/base/clock.h"

#include "tests/unit/harness.h"

#define LATE 300000 /* ms */

/* A clock that is five minutes behind this machine's, asked just now; the answer took @took ms. */
static void hear(int64_t behind, int64_t took)
{
	const int64_t now = clock_machine_ms();

	clock_follow(now - took, now - behind);
}

static int64_t behind(void)
{
	return clock_machine_ms() / 1000 - clock_wall();
}

Test(clock, it_goes_by_the_machine_until_it_hears_of_another_one)
{
	cr_assert_leq(behind(), 0);
	cr_assert_eq(clock_ahead(), 0);
}

Test(clock, it_follows_another_one_in_both_directions)
{
	hear(LATE, 10);
	cr_assert(behind() == 299 || behind() == 300);
	cr_assert_geq(clock_ahead(), 299);
	hear(-LATE, 10);
	cr_assert_leq(behind(), -299);
	cr_assert(clock_ahead() == -299 || clock_ahead() == -300);
	hear(0, 10);
	cr_assert_eq(clock_ahead(), 0);
}

/* The other one has shown its time before the answer came: a slow answer proves nothing against a clock that is right. */
Test(clock, a_slow_answer_does_not_turn_it_back)
{
	hear(700, 800);
	hear(1500, 1600);
	cr_assert_leq(behind(), 0);
	hear(LATE + 900, 900);
	hear(LATE + 300, 800);
	cr_assert(behind() == 300 || behind() == 301, "%lld", (long long)behind());
}
