/* SPDX-License-Identifier: MIT */
/* Children: their environment, their output, and their end together with the parent. */
#include "tests/unit/leak.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "backends/child/child.h"

TestSuite(child, .fini = no_leaks, .timeout = 600);

/* Runs a script of sh; its output is the caller's, its status the result. */
static int run_sh(const char *script, char **output)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	_cleanup_error_ struct vxe_error err = { 0 };
	struct child c;

	cr_assert_eq(child_start(&c, argv, &err), 0);
	int status = child_wait(&c, output, &err);

	cr_assert_eq(err.code, VXE_OK);
	cr_assert_eq(c.out, -1);
	return status;
}

static void expect(const char *script, const char *output)
{
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh(script, &text), 0, "%s: %s", script, text);
	cr_assert_str_eq(text, output, "%s: %s", script, text);
}

Test(child, output_and_errors_come_in_order_with_the_status)
{
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh("echo out; echo err >&2; echo more; exit 3", &text), 3);
	cr_assert_str_eq(text, "out\nerr\nmore\n");
}

Test(child, arguments_are_not_interpreted)
{
	const char *const argv[] = { "printf", "%s|%s|%s", "$HOME", "a b", "", NULL };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(child_run(argv, "file", &text, &err), 0);
	cr_assert_str_eq(text, "$HOME|a b|");
}

Test(child, standard_input_is_empty)
{
	expect("cat", "");
}

Test(child, closed_standard_descriptors_do_no_harm)
{
	_cleanup_free_ char *text = NULL;
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	int status = run_sh("cat; echo out; echo err >&2", &text);

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	close(in);
	close(out);
	cr_assert_eq(status, 0);
	cr_assert_str_eq(text, "out\nerr\n");
}

Test(child, a_signal_is_128_more)
{
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh("kill -9 $$", &text), 128 + SIGKILL);
}

Test(child, output_is_bounded_and_never_blocks)
{
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh("head -c 300000 /dev/zero | tr '\\0' x; exit 4", &text), 4);
	cr_assert_eq(strlen(text), 65536);
}

Test(child, output_may_be_ignored)
{
	cr_assert_eq(run_sh("echo nobody reads this", NULL), 0);
}

Test(child, a_missing_program_says_so)
{
	const char *const argv[] = { "no-such-program", NULL };
	_cleanup_error_ struct vxe_error err = { 0 };

	/* A folder that may not be searched would give another error. */
	setenv("PATH", "/usr/bin:/bin", 1);
	cr_assert_eq(child_run(argv, "/img", NULL, &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_FAILED);
	cr_assert_str_eq(err.params[0], "/img");
	cr_assert_str_eq(
		err.params[1], "no-such-program: cannot be run: No such file or directory");
}

Test(child, a_failure_names_the_file_and_the_first_line)
{
	const char *const argv[] = { "sh", "-c", "echo first; echo second; exit 1", NULL };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(child_run(argv, "/img", &text, &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_FAILED);
	cr_assert_str_eq(err.params[0], "/img");
	cr_assert_str_eq(err.params[1], "first");
	cr_assert_not_null(strstr(err.detail, "second"));
	cr_assert_null(text);
}

Test(child, a_failure_names_the_file_that_a_process_has_open)
{
	const char *const argv[] = { "sh", "-c",
		"echo 'qemu-img: Failed to get \"write\" lock'; "
		"echo 'Is another process using the image [/below]?'; exit 1",
		NULL };
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(child_run(argv, "/img", NULL, &err), -1);
	cr_assert_str_eq(err.params[1],
		"qemu-img: Failed to get \"write\" lock. Is another process "
		"using the image [/below]?");
}

Test(child, a_silent_failure_names_the_status)
{
	const char *const quits[] = { "sh", "-c", "exit 7", NULL };
	const char *const dies[] = { "sh", "-c", "kill -9 $$", NULL };
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(child_run(quits, "/img", NULL, &err), -1);
	cr_assert_str_eq(err.params[1], "exit status 7");
	error_clear(&err);
	cr_assert_eq(child_run(dies, "/img", NULL, &err), -1);
	cr_assert_str_eq(err.params[1], "killed by signal 9");
}

Test(child, messages_are_english_and_the_rest_of_the_environment_stays)
{
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("VXE_TEST_CHILD", "kept", 1);
	expect("echo $LC_ALL $VXE_TEST_CHILD", "C kept\n");
	expect("env | grep -c '^LC_ALL='", "1\n");
}

/* The caller of the tests may ignore other signals (nohup), and a child inherits this. */
static void expect_none_of(const char *field, uint64_t signals)
{
	_cleanup_free_ char *script = xasprintf("sed -n 's/^%s:\\t*//p' /proc/self/status", field);
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh(script, &text), 0);
	cr_assert_eq(strtoull(text, NULL, 16) & signals, 0, "%s: %s", field, text);
}

Test(child, signals_start_fresh)
{
	const uint64_t ours = 1ull << (SIGPIPE - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGTERM - 1);
	sigset_t mask, after;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	expect_none_of("SigIgn", ours);
	expect_none_of("SigBlk", ours);
	sigprocmask(SIG_BLOCK, NULL, &after);
	cr_assert(sigismember(&after, SIGTERM), "the parent's own mask is as before");
	cr_assert_not(sigismember(&after, SIGINT));
}

Test(child, has_its_own_process_group)
{
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh("cut -d ' ' -f 5 /proc/$$/stat; echo $$", &text), 0);
	char *second = strchr(text, '\n') + 1;

	cr_assert_eq(strncmp(text, second, strlen(second)), 0, "%s", text);
	cr_assert_neq(atol(text), (long)getpgrp());
}

Test(child, inherits_lease_descriptors_only)
{
	_cleanup_close_ int lease = open("/dev/null", O_RDONLY);
	_cleanup_close_ int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *script =
		xasprintf("test -e /proc/$$/fd/%d && ! test -e /proc/$$/fd/%d", lease, other);
	_cleanup_free_ char *text = NULL;

	cr_assert_eq(run_sh(script, &text), 0);
}

Test(child, leaves_no_descriptor_behind)
{
	_cleanup_close_ int before = dup(STDIN_FILENO);

	expect("true", "");
	_cleanup_close_ int after = dup(STDIN_FILENO);

	cr_assert_eq(after, before + 1);
}

static void start_sh(struct child *c, const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(child_start(c, argv, &err), 0);
}

/* The first one fills its pipe, so it ends only if its output is read while another one is waited for. */
Test(child, the_first_that_ends_is_reaped_and_none_blocks)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *early = NULL, *late = NULL;
	struct child a, b;
	struct child *both[] = { &a, &b }, *rest[] = { &a };
	size_t which;

	start_sh(&a,
		"head -c 200000 /dev/zero | tr '\\0' x; while [ ! -e $TMPDIR/child.go ]; do "
		"sleep 0.01; done");
	start_sh(&b, "echo b; sleep 0.3; exit 4");
	cr_assert_eq(child_wait_any(both, 2, &which, &early, &err), 4);
	cr_assert_eq(which, 1);
	cr_assert_str_eq(early, "b\n");
	start_sh(&b, "touch $TMPDIR/child.go");
	cr_assert_eq(child_wait(&b, NULL, &err), 0);
	cr_assert_eq(child_wait_any(rest, 1, &which, &late, &err), 0);
	cr_assert_eq(strlen(late), 65536);
	start_sh(&b, "rm $TMPDIR/child.go");
	cr_assert_eq(child_wait(&b, NULL, &err), 0);
}

Test(child, a_mild_one_can_tidy_up)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *text = NULL;
	char ready;
	struct child c;

	start_sh(&c, "trap 'echo tidy; exit 5' TERM; echo; while :; do sleep 0.01; done");
	c.mild = true;
	cr_assert_eq(read(c.out, &ready, 1), 1);
	child_stop(&c);
	cr_assert_eq(child_wait(&c, &text, &err), 5);
	cr_assert_str_eq(text, "tidy\n");
}

/* A process that starts a long sleep, reports its PID, and then waits to be killed. */
static pid_t start_parent(pid_t *sleeper)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	pid_t pid = fork();

	if (pid == 0) {
		const char *const argv[] = { "sh", "-c", "echo; exec sleep 60", NULL };
		struct vxe_error err = { 0 };
		struct child c;
		char running;

		if (child_start(&c, argv, &err) < 0 || read(c.out, &running, 1) != 1 ||
			write(ends[1], &c.pid, sizeof(c.pid)) != sizeof(c.pid))
			_exit(1);
		pause();
		_exit(0);
	}
	cr_assert_eq(read(ends[0], sleeper, sizeof(*sleeper)), (ssize_t)sizeof(*sleeper));
	close(ends[0]);
	close(ends[1]);
	return pid;
}

Test(child, dies_with_its_parent)
{
	pid_t sleeper;
	int status;

	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t parent = start_parent(&sleeper);

	cr_assert_eq(kill(parent, SIGKILL), 0);
	cr_assert_eq(waitpid(parent, &status, 0), parent);
	cr_assert_eq(waitpid(sleeper, &status, 0), sleeper);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/*
 * The child kills its parent and ends after it: a kill together with the parent would come earlier.
 */
Test(child, what_must_be_whole_survives_its_parent)
{
	const char *const argv[] = { "sh", "-c",
		"kill -KILL $PPID; while kill -0 $PPID 2>/dev/null; do :; done; exit 7", NULL };
	int status;

	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t parent = fork();

	if (parent == 0) {
		struct vxe_error err = { 0 };

		_exit(child_run_whole(argv, "file", &err) < 0 ? 1 : 0);
	}
	cr_assert_eq(waitpid(parent, &status, 0), parent);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cr_assert_gt(wait(&status), 0);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7, "%d", status);
}

static char *server_says(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_close_ int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *text = NULL;
	struct child c;

	cr_assert_eq(child_start_server(&c, argv, listening, &err), 0);
	cr_assert_eq(child_wait(&c, &text, &err), 0);
	return text;
}

Test(child, server_keeps_its_memory_unless_the_user_decides)
{
	static const char script[] =
		"echo $MALLOC_TRIM_THRESHOLD_ $MALLOC_MMAP_THRESHOLD_ $LISTEN_FDS";
	_cleanup_free_ char *ours = server_says(script);

	cr_assert_str_eq(ours, "33554432 4194304 1\n");
	cr_assert_eq(setenv("MALLOC_TRIM_THRESHOLD_", "1", 1), 0);
	_cleanup_free_ char *users = server_says(script);

	cr_assert_eq(unsetenv("MALLOC_TRIM_THRESHOLD_"), 0);
	cr_assert_str_eq(users, "1 4194304 1\n");
}
