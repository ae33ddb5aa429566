/* SPDX-License-Identifier: MIT */
/*
 * The proof that leaks fail a test: tests/run runs each of these two tests alone and must see it
 * fail, the leak by the report that the sanitizer leaves. If one of them passes, leaks go unseen,
 * and the whole run fails.
 */
#include "tests/unit/leak.h"

#include <limits.h>
#include <stdlib.h>

TestSuite(leaks_are_seen, .fini = no_leaks);

Test(leaks_are_seen, a_leak)
{
	char *volatile lost = malloc(42);

	cr_assert(lost != NULL);
	lost = NULL;
}

Test(leaks_are_seen, undefined_behaviour)
{
	volatile int most = INT_MAX;

	most = most + 1;
	cr_assert(most < 0);
}
