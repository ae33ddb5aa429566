/* SPDX-License-Identifier: MIT */
/* Leases: the modes that exclude each other, and the end of a lease when its holder dies. */
#include "tests/unit/engines_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/time.h>

TestSuite(lease, .init = scratch_make, .fini = scratch_remove);

static struct store *open_for_leases(enum engine engine)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_engine(engine, test_classes, false, &err);

	cr_assert(s, "%s", err.params[1]);
	return s;
}

/* Test(lease, name) with the engine that has locks of files alone, and with the one that has other locks, too. */
static struct unit_params lease_engines(void)
{
	static int index[] = { ENGINE_MEM, ENGINE_POSTGRESQL };

	return cr_make_param_array(int, index, ARRAY_LEN(index));
}

#define ON_BOTH(name, ...)                                                                         \
	ParameterizedTestParameters(lease, name)                                                   \
	{                                                                                          \
		return lease_engines();                                                            \
	}                                                                                          \
	ParameterizedTest(const int *engine, lease, name __VA_OPT__(, ) __VA_ARGS__)

/* NULL if another process holds the lease; @holder gets the holder's text then. */
static struct lease *try_lease(
	struct store *s, const char *key, enum lease_mode mode, char holder[16])
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct lease *l = NULL;

	if (store_lease(s, key, mode, false, &l, &err) == 0)
		return l;
	cr_assert_eq(err.code, VXE_BUSY);
	cr_assert_str_eq(err.params[0], key);
	if (holder)
		snprintf(holder, 16, "%s", err.params[1]);
	return NULL;
}

static bool is_free(struct store *s, const char *key)
{
	struct lease *l = try_lease(s, key, LEASE_EXCLUSIVE, NULL);

	store_release(l);
	return l != NULL;
}

ON_BOTH(exclusive_excludes_and_shared_shares)
{
	_cleanup_store_ struct store *s = open_for_leases(*engine);
	_cleanup_store_ struct store *other = open_for_leases(*engine);
	struct lease *a = try_lease(s, "host/a", LEASE_EXCLUSIVE, NULL);
	char holder[16] = "";
	char pid[16];

	cr_assert(a);
	snprintf(pid, sizeof(pid), "%d", getpid());
	cr_assert_null(try_lease(other, "host/a", LEASE_SHARED, holder));
	cr_assert_str_eq(holder, pid);
	cr_assert_null(try_lease(other, "host/a", LEASE_EXCLUSIVE, NULL));
	cr_assert(is_free(other, "host/b"));
	store_release(a);

	a = try_lease(s, "host/a", LEASE_SHARED, NULL);
	struct lease *b = try_lease(other, "host/a", LEASE_SHARED, NULL);
	cr_assert(a && b);
	cr_assert(!is_free(s, "host/a"));
	store_release(a);
	cr_assert(!is_free(s, "host/a"));
	store_release(b);
	cr_assert(is_free(s, "host/a"));
	store_release(NULL);
}

Test(lease, lock_files_are_private_and_stay)
{
	_cleanup_store_ struct store *s = open_for_leases(ENGINE_MEM);
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/run/locks", scratch);
	cr_assert_neq(stat(path, &st), 0);
	store_release(try_lease(s, "host/a", LEASE_EXCLUSIVE, NULL));
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/run/locks/host%%a", scratch);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
}

Test(lease, a_lock_directory_that_cannot_be_made_is_an_error)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_for_leases(ENGINE_MEM);
	struct lease *l = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/run", scratch);
	_cleanup_close_ int fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_eq(store_lease(s, "a", LEASE_SHARED, true, &l, &err), -1);
	cr_error(&err, INTERNAL_ERROR);
}

/* Starts a child that writes a byte to *ready and then sleeps until it is killed. */
static pid_t start_sleeper(int *ready)
{
	int fds[2];
	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		if (write(fds[1], "x", 1) == 1)
			clock_sleep_ms(60000);
		_exit(0);
	}
	close(fds[1]);
	*ready = fds[0];
	return pid;
}

static void kill_child(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

ON_BOTH(a_child_keeps_it_until_it_ends)
{
	_cleanup_store_ struct store *s = open_for_leases(*engine);
	struct lease *l = try_lease(s, "a", LEASE_EXCLUSIVE, NULL);
	int ready = -1;
	pid_t pid = start_sleeper(&ready);

	store_release(l);
	cr_assert(!is_free(s, "a"));
	kill_child(pid);
	cr_assert(is_free(s, "a"));
	close(ready);
}

/* The descriptor must survive exec, too: a running qemu-img keeps the lock. */
ON_BOTH(a_program_that_the_child_runs_keeps_it)
{
	_cleanup_store_ struct store *s = open_for_leases(*engine);
	struct lease *l = try_lease(s, "a", LEASE_EXCLUSIVE, NULL);
	int in[2], out[2];
	char c;

	cr_assert_eq(pipe(in), 0);
	cr_assert_eq(pipe(out), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execlp("cat", "cat", (char *)NULL);
		_exit(127);
	}
	cr_assert_eq(write(in[1], "x", 1), 1);
	cr_assert_eq(read(out[0], &c, 1), 1);
	store_release(l);
	cr_assert(!is_free(s, "a"));
	close(in[0]);
	close(in[1]);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_assert(is_free(s, "a"));
	close(out[0]);
	close(out[1]);
}

ON_BOTH(the_kernel_gives_it_up_when_the_holder_is_killed)
{
	_cleanup_store_ struct store *s = open_for_leases(*engine);
	int fds[2];
	char c;

	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct store *own = open_for_leases(*engine);
		struct lease *l = try_lease(own, "a", LEASE_EXCLUSIVE, NULL);

		if (l && write(fds[1], "x", 1) == 1)
			clock_sleep_ms(60000);
		_exit(1);
	}
	cr_assert_eq(read(fds[0], &c, 1), 1);
	cr_assert(!is_free(s, "a"));
	kill_child(pid);
	cr_assert(is_free(s, "a"));
	close(fds[0]);
	close(fds[1]);
}

ON_BOTH(who_waits_gets_it_at_the_release)
{
	_cleanup_store_ struct store *s = open_for_leases(*engine);
	struct lease *l = try_lease(s, "a", LEASE_EXCLUSIVE, NULL);
	int fds[2];
	char c = 0;

	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct vxe_error err = { 0 };
		struct lease *mine = NULL;

		/* The inherited descriptor would hold the lock that this waits for. */
		close_range(3, (unsigned)fds[1] - 1, 0);
		struct store *own = open_for_leases(*engine);

		if (write(fds[1], "w", 1) == 1 &&
			store_lease(own, "a", LEASE_EXCLUSIVE, true, &mine, &err) == 0 &&
			write(fds[1], "g", 1) == 1)
			_exit(0);
		_exit(1);
	}
	cr_assert(read(fds[0], &c, 1) == 1 && c == 'w');
	clock_sleep_ms(100);
	int status = -1;
	cr_assert_eq(waitpid(pid, &status, WNOHANG), 0);
	store_release(l);
	cr_assert(read(fds[0], &c, 1) == 1 && c == 'g');
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	close(fds[0]);
	close(fds[1]);
}

/* ---- files that nobody needs ------------------------------------------------------------------- */

static int count_files(void)
{
	char path[PATH_MAX];
	int n = 0;

	snprintf(path, sizeof(path), "%s/run/locks", scratch);
	DIR *d = opendir(path);
	for (const struct dirent *e; d && (e = readdir(d));)
		n += *e->d_name != '.';
	if (d)
		closedir(d);
	return n;
}

static void take_others(struct store *s, int from, int n)
{
	for (int i = from; i < from + n; i++) {
		_cleanup_free_ char *key = xasprintf("other-%d", i);

		store_release(try_lease(s, key, LEASE_EXCLUSIVE, NULL));
	}
}

Test(lease, files_that_nobody_holds_go)
{
	_cleanup_store_ struct store *s = open_for_leases(ENGINE_MEM);
	struct lease *mine = try_lease(s, "mine", LEASE_EXCLUSIVE, NULL);
	struct lease *childs = try_lease(s, "childs", LEASE_EXCLUSIVE, NULL);
	char path[PATH_MAX];
	int ready = -1;
	pid_t pid = start_sleeper(&ready);

	store_release(childs);
	snprintf(path, sizeof(path), "%s/run/locks/users", scratch);
	_cleanup_close_ int fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_eq(write(fd, "no lock", 7), 7);
	take_others(s, 0, 3000);
	cr_assert_lt(count_files(), 1000);
	cr_assert_eq(access(path, F_OK), 0);
	cr_assert(!is_free(s, "childs"));
	kill_child(pid);
	cr_assert(is_free(s, "childs"));
	cr_assert(!is_free(s, "mine"));
	store_release(mine);
	cr_assert(is_free(s, "mine"));
	close(ready);
}

/* As if another process removed the file, under its lock. */
Test(lease, who_waits_for_a_file_that_goes_begins_again)
{
	_cleanup_store_ struct store *s = open_for_leases(ENGINE_MEM);
	char path[PATH_MAX];
	int fds[2];
	char c = 0;

	store_release(try_lease(s, "a", LEASE_EXCLUSIVE, NULL));
	snprintf(path, sizeof(path), "%s/run/locks/a", scratch);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
	cr_assert_eq(pipe(fds), 0);
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		_cleanup_error_ struct vxe_error err = { 0 };
		struct lease *mine = NULL;

		close(fd);
		if (write(fds[1], "w", 1) == 1 &&
			store_lease(s, "a", LEASE_EXCLUSIVE, true, &mine, &err) == 0 &&
			write(fds[1], "g", 1) == 1)
			clock_sleep_ms(60000);
		_exit(1);
	}
	cr_assert(read(fds[0], &c, 1) == 1 && c == 'w');
	clock_sleep_ms(100);
	cr_assert_eq(unlink(path), 0);
	close(fd);
	cr_assert(read(fds[0], &c, 1) == 1 && c == 'g');
	cr_assert(!is_free(s, "a"));
	kill_child(pid);
	cr_assert(is_free(s, "a"));
	close(fds[0]);
	close(fds[1]);
}

/* Each holder finds the number that the last one has left, while other processes remove files. */
static int count_up(struct store *s, const char *number, int times)
{
	for (int i = 0; i < times; i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		struct lease *l = NULL;
		char text[16] = "";

		if (store_lease(s, "counted", LEASE_EXCLUSIVE, true, &l, &err) < 0)
			return 1;
		_cleanup_close_ int fd = open(number, O_RDWR | O_CREAT, 0600);
		if (pread(fd, text, sizeof(text) - 1, 0) < 0)
			return 1;
		snprintf(text, sizeof(text), "%ld\n", strtol(text, NULL, 10) + 1);
		if (pwrite(fd, text, strlen(text), 0) < 0)
			return 1;
		store_release(l);
	}
	return 0;
}

Test(lease, no_two_have_it_while_files_are_removed, .timeout = 600)
{
	enum { COUNTERS = 3, REMOVERS = 3, TIMES = 1500 };
	pid_t pids[COUNTERS + REMOVERS];
	char number[PATH_MAX];

	snprintf(number, sizeof(number), "%s/number", scratch);
	for (int i = 0; i < COUNTERS + REMOVERS; i++) {
		pids[i] = fork();
		cr_assert_geq(pids[i], 0);
		if (pids[i])
			continue;
		struct store *s = open_for_leases(ENGINE_MEM);

		if (i < COUNTERS)
			_exit(count_up(s, number, TIMES));
		take_others(s, i * 100000, 3 * TIMES);
		_exit(0);
	}
	for (int i = 0; i < COUNTERS + REMOVERS; i++) {
		int status = -1;

		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_assert_eq(status, 0);
	}
	FILE *f = fopen(number, "re");
	int n = 0;

	cr_assert(f && fscanf(f, "%d", &n) == 1);
	fclose(f);
	cr_assert_eq(n, COUNTERS * TIMES);
}

static void on_alarm(int sig)
{
	(void)sig;
}

ON_BOTH(a_signal_that_is_caught_ends_the_wait)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_store_ struct store *s = open_for_leases(*engine);
	struct lease *l = try_lease(s, "a", LEASE_EXCLUSIVE, NULL);
	struct lease *second = NULL;
	struct sigaction action = { .sa_handler = on_alarm };
	/* Repeatedly, as on a busy machine the first signal may come before the wait. */
	const struct itimerval often = { { 0, 100000 }, { 0, 100000 } }, never = { 0 };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	cr_assert_eq(store_lease(s, "a", LEASE_SHARED, true, &second, &err), -1);
	setitimer(ITIMER_REAL, &never, NULL);
	cr_error(&err, VXE_BUSY);
	store_release(l);
}
