/* SPDX-License-Identifier: MIT */
/* The watch ends calls that last too long, and only those. */
#include "objects/base/call_watch.h"

#include "tests/unit/harness.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects/base/clock.h"

enum { STAYED = 0, LEFT_ASKED = 40, LEFT_LATE = 41 };

static volatile sig_atomic_t wanted;

static bool asked(void *ctx)
{
	(void)ctx;
	return wanted;
}

static void leave(void *ctx, const char *call, const char *about, int64_t ms, bool by_asking)
{
	(void)ctx, (void)call, (void)about, (void)ms;
	_exit(by_asking ? LEFT_ASKED : LEFT_LATE);
}

enum phase { FORWARD, HELD, UNDOING };

/* Makes a call of @ms in a process of its own; returns the way it ends. */
static int call_in(enum phase phase, enum watch_kind kind, int64_t ms, int64_t limit, bool ask)
{
	const struct watch w = { .asked = asked, .leave = leave, .limit_ms = limit };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		watch_start(&w);
		if (phase == HELD)
			watch_hold();
		if (phase == UNDOING)
			watch_undo();
		wanted = ask;
		watch_begin("call", kind);
		clock_sleep_ms(ms);
		watch_end();
		clock_sleep_ms(100);
		_exit(watch_asked() ? LEFT_ASKED : STAYED);
	}
	cr_assert_gt(pid, 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int call(enum watch_kind kind, int64_t ms, int64_t limit, bool ask, bool held)
{
	return call_in(held ? HELD : FORWARD, kind, ms, limit, ask);
}

Test(watch, a_call_that_ends_is_left_alone)
{
	cr_expect_eq(call(WATCH_ASKS, 10, 60000, false, false), STAYED);
	cr_expect_eq(call(WATCH_WORKS, 300, 20, false, false), STAYED);
	cr_expect_eq(call(WATCH_CHANGES, 300, 250, false, false), STAYED);
}

Test(watch, the_clock_ends_one_that_does_not)
{
	cr_expect_eq(call(WATCH_ASKS, 20000, 100, false, false), LEFT_LATE);
	cr_expect_eq(call(WATCH_CHANGES, 20000, 10, false, false), LEFT_LATE);
	cr_expect_eq(call(WATCH_ASKS, 20000, 100, true, true), LEFT_LATE);
	cr_expect_eq(call(WATCH_CLOSES, 20000, 60000, false, true), LEFT_LATE);
}

Test(watch, who_asks_need_not_wait)
{
	int64_t start = clock_ms();

	cr_expect_eq(call(WATCH_ASKS, 20000, 60000, true, false), LEFT_ASKED);
	cr_expect_eq(call(WATCH_WORKS, 20000, 60000, true, false), LEFT_ASKED);
	cr_expect_lt(clock_ms() - start, 10000);
}

Test(watch, past_its_commit_point_an_operation_goes_on)
{
	cr_expect_eq(call(WATCH_CHANGES, 1500, 60000, true, true), STAYED);
}

Test(watch, an_undo_gets_more_time_after_a_signal)
{
	cr_expect_eq(call_in(UNDOING, WATCH_ASKS, 1500, 60000, true), STAYED);
	cr_expect_eq(call_in(UNDOING, WATCH_ASKS, 30000, 60000, true), LEFT_ASKED);
	cr_expect_eq(call_in(UNDOING, WATCH_ASKS, 20000, 100, true), LEFT_LATE);
}

Test(watch, without_a_watch_nothing_is_asked)
{
	watch_begin("call", WATCH_ASKS);
	watch_end();
	cr_expect_not(watch_asked());
}

static bool never(void *ctx, int64_t ms)
{
	(void)ctx;
	clock_sleep_ms(ms);
	return false;
}

static bool at_third(void *ctx, int64_t ms)
{
	(void)ms;
	return ++*(int *)ctx == 3;
}

/* The caller goes on where otherwise the process would be ended, and later calls are watched again. */
static int give_up_after(bool ask)
{
	const struct watch w = { .asked = asked, .leave = leave, .limit_ms = ask ? 20000 : 50 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		watch_start(&w);
		wanted = ask;
		struct watch_wait ended = watch_wait("call", WATCH_ASKS, never, NULL);

		if (!ended.given_up || ended.asked != ask || ended.ms < 50)
			_exit(STAYED);
		watch_begin("call", WATCH_ASKS);
		clock_sleep_ms(20000);
		_exit(STAYED);
	}
	cr_assert_gt(pid, 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int64_t silent_for; /* ms */
static volatile sig_atomic_t named;

static const char *mount_is_silent(int64_t *ms)
{
	static int64_t began;

	began = began ? began : clock_ms();
	*ms = clock_ms() - began + silent_for;
	return "/mnt";
}

static void note_silent(void *ctx, const char *folder)
{
	(void)ctx, (void)folder;
	named++;
}

/* Uses a file for @ms, in no call of the watch's, on a mount that has been silent for @silent. */
static int use_in(enum phase phase, int64_t ms, int64_t silent, bool ask)
{
	const struct watch w = {
		.asked = asked, .leave = leave, .silent = note_silent, .limit_ms = 100
	};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		silent_for = silent;
		watch_start(&w);
		if (phase == HELD)
			watch_hold();
		if (phase == UNDOING)
			watch_undo();
		wanted = ask;
		watch_mounts(mount_is_silent);
		clock_sleep_ms(ms);
		watch_mounts(NULL);
		_exit(named);
	}
	cr_assert_gt(pid, 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(watch, a_mount_that_does_not_answer_is_named_once)
{
	cr_expect_eq(use_in(FORWARD, 400, 0, false), 0);
	cr_expect_eq(use_in(FORWARD, 400, 5000, false), 1);
}

Test(watch, a_signal_ends_whoever_uses_a_mount_that_does_not_answer)
{
	const enum phase phases[] = { FORWARD, HELD, UNDOING };
	int64_t start = clock_ms();

	cr_expect_eq(use_in(FORWARD, 300, 0, true), 0);
	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		cr_expect_eq(use_in(phases[i], 30000, 0, true), LEFT_ASKED);
	cr_expect_lt(clock_ms() - start, 20000);
}

Test(watch, a_wait_is_given_up)
{
	cr_expect_eq(give_up_after(false), LEFT_LATE);
	cr_expect_eq(give_up_after(true), LEFT_ASKED);
}

Test(watch, a_wait_ends)
{
	int n = 0;
	struct watch_wait w = watch_wait("call", WATCH_ASKS, at_third, &n);

	cr_expect_not(w.given_up);
	cr_expect_eq(n, 3);
}
