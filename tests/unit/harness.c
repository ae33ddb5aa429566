/* SPDX-License-Identifier: MIT */
/*
 * The main function of a program of unit tests.
 *
 *	test_NAME [--filter SUITE/TEST] [--jobs N]
 *
 * SUITE/TEST is a shell pattern. N tests run at a time, by default one on each processor. The last line is the synthesis,
 * which tests/run reads; a test that is skipped says so in a line "[SKIP] ...". The exit status is 1 if a test has failed.
 */
#include "tests/unit/harness.h"

#include <errno.h>
#include <fnmatch.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a test and its children say, in memory that the runner sees. */
struct unit_result {
	int failed;
	int skipped;
	int ended; /* it has come to its end, and has not called exit() */
};

/* A test with one of its parameters, if it has some. */
struct unit_run {
	const struct unit_test *test;
	struct unit_options suite;
	void *param;
	char name[256];
	volatile struct unit_result *result;
	pid_t pid;	 /* 0: it does not run */
	double deadline; /* 0: none */
	bool late;
};

static struct {
	struct unit_test *added;
	void (*before)(void), (*after)(void);
	struct unit_run *runs;
	size_t n;
	int passing, failing, crashing;
	struct unit_run *mine; /* in a test */
	pid_t test;	       /* the process of the test */
	sigset_t mask;	       /* as the runner was given it */
	jmp_buf end;
} unit;

void unit_add(struct unit_test *t)
{
	t->next = unit.added;
	unit.added = t;
}

void unit_before_all(void (*before)(void))
{
	unit.before = before;
}

void unit_after_all(void (*after)(void))
{
	unit.after = after;
}

/* ---- in a test --------------------------------------------------------------------------------- */

/* One call of write() for each line, as other tests write, too. */
__attribute__((format(printf, 3, 0))) static void say(
	const char *kind, const char *where, const char *fmt, va_list args)
{
	char *text = NULL, *line = NULL;
	int n = vasprintf(&text, fmt, args) < 0
		? -1
		: asprintf(&line, "%s %s: %s%s%s\n", kind, unit.mine->name, where,
			  *where && *text ? ": " : "", text);

	fflush(stdout);
	if (n > 0 && write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(2);
	free(text);
	free(line);
}

__attribute__((format(printf, 4, 0))) static void say_failed(
	const char *file, int line, const char *what, const char *fmt, va_list args)
{
	char where[1024];

	unit.mine->result->failed = 1;
	snprintf(where, sizeof(where), "%s:%d: %s", file, line, what);
	say("[FAIL]", where, fmt, args);
}

static void leave(void) __attribute__((noreturn));
static void leave(void)
{
	if (getpid() != unit.test)
		_exit(1);
	longjmp(unit.end, 1);
}

void unit_failed(const char *file, int line, const char *what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_failed(file, line, what, fmt, args);
	va_end(args);
}

void unit_stop(const char *file, int line, const char *what, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_failed(file, line, what, fmt, args);
	va_end(args);
	leave();
}

void unit_skip(const char *fmt, ...)
{
	va_list args;

	unit.mine->result->skipped = 1;
	va_start(args, fmt);
	say("[SKIP]", "", fmt, args);
	va_end(args);
	leave();
}

static void call(void (*f)(void))
{
	if (f)
		f();
}

/* The process of a test. The leaks of a test that has jumped to its end are not its fault. */
static void be_test(struct unit_run *r)
{
	const struct unit_test *t = r->test;

	sigprocmask(SIG_SETMASK, &unit.mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	unit.mine = r;
	unit.test = getpid();
	if (setjmp(unit.end) == 0) {
		call(r->suite.init);
		call(t->options.init);
		if (t->params)
			t->run_with(r->param);
		else
			t->run();
	}
	if (setjmp(unit.end) == 0) {
		call(t->options.fini);
		call(r->suite.fini);
	}
	r->result->ended = 1;
	fflush(NULL);
	if (r->result->failed || r->result->skipped)
		_exit(0);
	exit(0);
}

/*
 * Before each fork of the runner and of the tests, not before a vfork(): a child of a process with threads may take no
 * lock, so it may not allocate, and all these do. A thread that has been joined may be there for a moment still.
 */
static void be_alone(void)
{
	struct stat s;

	for (int i = 0; stat("/proc/self/task", &s) == 0 && s.st_nlink > 3; i++) {
		if (i == 5000) {
			fputs("a second thread at a fork\n", stderr);
			abort();
		}
		usleep(1000);
	}
}

/* ---- the runner -------------------------------------------------------------------------------- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct unit_options options_of(const char *suite)
{
	for (const struct unit_test *t = unit.added; t; t = t->next)
		if (!t->name && strcmp(t->suite, suite) == 0)
			return t->options;
	return (struct unit_options){ 0 };
}

static void add_run(const struct unit_test *t, void *param)
{
	struct unit_run *r;

	unit.runs = reallocarray(unit.runs, unit.n + 1, sizeof(*unit.runs));
	if (!unit.runs)
		abort();
	r = &unit.runs[unit.n++];
	*r = (struct unit_run){ .test = t, .suite = options_of(t->suite), .param = param };
	snprintf(r->name, sizeof(r->name), "%s/%s", t->suite, t->name);
}

static int by_name(const void *a, const void *b)
{
	const struct unit_run *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->param > y->param) - (x->param < y->param);
}

static void select_runs(const char *filter)
{
	for (const struct unit_test *t = unit.added; t; t = t->next) {
		struct unit_params p = { .n = 1 };
		char name[256];

		snprintf(name, sizeof(name), "%s/%s", t->suite, t->name ? t->name : "");
		if (!t->name || (filter && fnmatch(filter, name, FNM_EXTMATCH) != 0))
			continue;
		if (t->params)
			p = t->params();
		for (size_t i = 0; i < p.n; i++)
			add_run(t, t->params ? (char *)p.items + i * p.size : NULL);
	}
	if (unit.n)
		qsort(unit.runs, unit.n, sizeof(*unit.runs), by_name);
}

static void begin(struct unit_run *r)
{
	double timeout = r->test->options.timeout > 0 ? r->test->options.timeout : r->suite.timeout;

	fflush(NULL);
	r->deadline = timeout > 0 ? seconds() + timeout : 0;
	r->pid = fork();
	if (r->pid == 0)
		be_test(r);
	if (r->pid < 0) {
		perror("fork");
		exit(2);
	}
}

static void judge(struct unit_run *r, int status)
{
	const volatile struct unit_result *said = r->result;
	const int wanted = r->test->options.signal ? r->test->options.signal : r->suite.signal;

	if (said->failed)
		unit.failing++;
	else if (said->skipped)
		return;
	else if (wanted ? WIFSIGNALED(status) && WTERMSIG(status) == wanted
			: WIFEXITED(status) && WEXITSTATUS(status) == 0 && said->ended)
		unit.passing++;
	else {
		unit.crashing++;
		printf("[CRASH] %s: %s %d%s\n", r->name,
			WIFSIGNALED(status) ? "signal" : "exit status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			r->late				? ", it took too long"
				: said->ended || wanted ? ""
							: ", before its end");
	}
}

/* Judges the tests that have ended, ends those that take too long; returns how many run. */
static size_t look(bool *timed)
{
	size_t running = 0;
	int status;

	*timed = false;
	for (size_t i = 0; i < unit.n; i++) {
		struct unit_run *r = &unit.runs[i];

		if (r->pid <= 0)
			continue;
		if (waitpid(r->pid, &status, WNOHANG) == r->pid) {
			r->pid = 0;
			judge(r, status);
			continue;
		}
		*timed |= r->deadline > 0;
		if (r->deadline > 0 && seconds() > r->deadline) {
			r->late = true;
			kill(-r->pid, SIGKILL);
		}
		running++;
	}
	return running;
}

/*
 * Until fewer than @most tests run. SIGCHLD is blocked, so that none is missed between a look and the wait; a deadline
 * comes half a second late at most.
 */
static void wait_until_below(size_t most, const sigset_t *ended)
{
	const struct timespec half = { .tv_nsec = 500000000 };
	bool timed;

	while (look(&timed) >= most)
		sigtimedwait(ended, NULL, timed ? &half : NULL);
}

static void run_all(size_t jobs)
{
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &ended, &unit.mask);
	pthread_atfork(be_alone, NULL, NULL);
	for (size_t next = 0; next < unit.n; next++) {
		wait_until_below(jobs, &ended);
		begin(&unit.runs[next]);
	}
	wait_until_below(1, &ended);
}

static void share_results(void)
{
	size_t size = (unit.n + 1) * sizeof(struct unit_result);
	volatile struct unit_result *all =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (all == MAP_FAILED)
		abort();
	for (size_t i = 0; i < unit.n; i++)
		unit.runs[i].result = &all[i];
}

int main(int argc, char **argv)
{
	const char *filter = NULL;
	long jobs = sysconf(_SC_NPROCESSORS_ONLN);

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--filter") == 0)
			filter = argv[i + 1];
		else if (i + 1 < argc && strcmp(argv[i], "--jobs") == 0)
			jobs = strtol(argv[i + 1], NULL, 10);
		else {
			fprintf(stderr, "usage: %s [--filter SUITE/TEST] [--jobs N]\n", argv[0]);
			return 2;
		}
	}
	select_runs(filter);
	share_results();
	call(unit.before);
	run_all(jobs > 0 ? (size_t)jobs : 1);
	call(unit.after);
	printf("Synthesis: Tested: %zu | Passing: %d | Failing: %d | Crashing: %d\n", unit.n,
		unit.passing, unit.failing, unit.crashing);
	return unit.failing + unit.crashing > 0;
}
