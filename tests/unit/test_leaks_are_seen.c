/* SPDX-License-Identifier: MIT */
/*
 * The proof that faults fail a test: tests/run runs each of these tests alone and must see it fail, the leak by the
 * report that the sanitizer leaves. If one of them passes, such faults go unseen, and the whole run fails.
 */
#include "tests/unit/leak.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void expect_more(void)
{
	cr_expect_eq(1, 2);
}

Test(faults, an_assertion)
{
	cr_assert_str_eq("a", "b");
}

Test(faults, an_expectation_before_others)
{
	cr_expect_null("");
	cr_expect(true);
}

Test(faults, an_init, .init = expect_more)
{
}

Test(faults, a_fini, .fini = expect_more)
{
}

Test(faults, in_a_child)
{
	pid_t child = fork();

	if (child == 0)
		cr_assert(false);
	waitpid(child, NULL, 0);
}

Test(faults, an_exit)
{
	exit(0);
}

Test(faults, a_crash)
{
	raise(SIGKILL);
}

Test(faults, no_signal, .signal = SIGABRT)
{
}

Test(faults, too_long, .timeout = 0.5)
{
	for (;;)
		pause();
}

static void *sleep_on(void *arg)
{
	for (;;)
		pause();
	return arg;
}

Test(faults, a_fork_beside_a_thread)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, sleep_on, NULL), 0);
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}
