/* SPDX-License-Identifier: MIT */
#include "objects/base/thread.h"

#include "tests/unit/harness.h"
#include <signal.h>

static void *note_mask(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return NULL;
}

Test(thread, signals_are_for_the_caller)
{
	pthread_t thread;
	sigset_t of_thread, before, after;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	cr_assert_eq(thread_start(&thread, note_mask, &of_thread), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	for (const int *s = (const int[]){ SIGINT, SIGTERM, SIGHUP, 0 }; *s; s++) {
		cr_expect(sigismember(&of_thread, *s) == 1, "signal %d", *s);
		cr_expect_eq(sigismember(&after, *s), sigismember(&before, *s), "signal %d", *s);
	}
}
