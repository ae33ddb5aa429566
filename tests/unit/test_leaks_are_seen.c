/* SPDX-License-Identifier: MIT */
/*
 * The proof that the gate is closed: tests/run runs each of the two alone and must see it fail,
 * the leak through the report that the sanitizer leaves. A run in which one of them passes has no
 * gate, and fails.
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
