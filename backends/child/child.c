/* SPDX-License-Identifier: MIT */
/*
 * Starts helpers and collects their output. Between fork and exec only async-signal-safe functions
 * are called, because libvirt's threads may hold any lock at that moment.
 */
#include "backends/child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "objects/base/call_watch.h"

#define OUTPUT_MAX 65536
#define LOOK_MS 100
#define STATUS_NOT_RUN 127

/*
 * A copy of this process's environment with LC_ALL=C, without LISTEN_*, and with room for @more entries; the strings
 * are borrowed.
 */
static char **child_environment(size_t more)
{
	static char english[] = "LC_ALL=C";
	size_t n = 0, kept = 0;

	while (environ[n])
		n++;
	char **env = xcalloc(n + more + 2, sizeof(*env));
	env[kept++] = english;
	for (size_t i = 0; i < n; i++)
		if (!str_starts(environ[i], "LC_ALL=") && !str_starts(environ[i], "LISTEN_"))
			env[kept++] = environ[i];
	return env;
}

/* Moves @fd above 2: the child's dup2() would overwrite a pipe or /dev/null that is on 0..2. */
int child_above_stdio(int fd)
{
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int saved = errno;

	close(fd);
	errno = saved;
	return moved;
}

static void report_exec_failure(const char *name, int error)
{
	const char *why = strerrordesc_np(error);
	const char *const parts[] = { name, ": cannot be run: ", why ? why : "unknown error",
		"\n" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			return;
}

/*
 * The nice value of child processes. Guests have priority: several qemu-img processes would slow down a guest on the
 * same processors.
 */
#define CHILD_NICE 10

struct launch {
	char *const *argv;
	char **env;
	/*
	 * "LISTEN_PID=" entry of the environment, to which the child adds its process id; NULL: the child is no
	 * server
	 */
	char *listen_pid;
	pid_t parent;
	bool survives; /* the child goes on if its parent dies */
	bool alone;    /* the child gets no descriptors but 0, 1 and 2 */
	int in, out, error, listening;
};

#define LISTEN_PID "LISTEN_PID="
#define LISTEN_FD 3

/* Writes @n as decimal text to @to; snprintf() is not safe between fork and exec. */
static void put_number(char *to, unsigned long n)
{
	char digits[24];
	size_t len = 0;

	do
		digits[len++] = (char)('0' + n % 10);
	while (n /= 10);
	while (len)
		*to++ = digits[--len];
	*to = '\0';
}

/*
 * Moves the listening socket to descriptor 3, where a server expects it, and fills in LISTEN_PID. If descriptor 3 is
 * a lock that the child must inherit, the lock is first duplicated to another number.
 */
static int take_listening(const struct launch *l)
{
	int flags = l->listening == LISTEN_FD ? -1 : fcntl(LISTEN_FD, F_GETFD);

	if (flags >= 0 && !(flags & FD_CLOEXEC) && fcntl(LISTEN_FD, F_DUPFD, LISTEN_FD + 1) < 0)
		return -1;
	if (l->listening == LISTEN_FD ? fcntl(LISTEN_FD, F_SETFD, 0) < 0
				      : dup2(l->listening, LISTEN_FD) < 0)
		return -1;
	put_number(l->listen_pid + strlen(LISTEN_PID), (unsigned long)getpid());
	return 0;
}

static _Noreturn void child_exec(const struct launch *l)
{
	/* Ends the child if its parent died before prctl(PR_SET_PDEATHSIG): nothing would kill the child later. */
	if (!l->survives && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != l->parent))
		_exit(STATUS_NOT_RUN);
	/* the child gets a process group of its own, so that at ^C the parent decides about its children */
	(void)setpgid(0, 0);
	(void)setpriority(PRIO_PROCESS, 0, CHILD_NICE);
	if (dup2(l->in, STDIN_FILENO) < 0 || dup2(l->out, STDOUT_FILENO) < 0 ||
		dup2(l->error, STDERR_FILENO) < 0 || (l->listen_pid && take_listening(l) < 0))
		_exit(STATUS_NOT_RUN);
	if (l->alone && close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
		_exit(STATUS_NOT_RUN);
	/*
	 * Sets all signals to their defaults and unblocks them: exec resets handlers, but neither the mask nor
	 * ignored signals.
	 */
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGHUP) /* under nohup it stays ignored */
			(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(l->argv[0], l->argv, l->env);
	report_exec_failure(l->argv[0], errno);
	_exit(STATUS_NOT_RUN);
}

/*
 * Blocks all signals during the fork, so that no handler of the parent runs in the child. The child
 * shares the parent's memory until exec, because copying libvirt's memory takes milliseconds.
 */
static pid_t fork_quietly(const struct launch *l)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = vfork(); /* NOLINT: the child calls only dup2() and the like */

	if (pid == 0)
		child_exec(l); /* NOLINT */
	int saved = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

int child_start_files(pid_t *ret, const char *const argv[], const struct child_files *files,
	struct vxe_error *err)
{
	size_t more = 0;

	while (files->env && files->env[more])
		more++;
	_cleanup_free_ char **env = child_environment(more);
	const struct launch l = { .argv = (char *const *)(const void *)argv,
		.env = env,
		.parent = getpid(),
		.alone = true,
		.in = files->in,
		.out = files->out,
		.error = files->error };
	size_t n = 0;

	while (env[n])
		n++;
	for (size_t i = 0; i < more; i++)
		env[n + i] =
			(char *)(uintptr_t)files->env[i]; /* execve() does not change the text */
	*ret = fork_quietly(&l);
	return *ret < 0 ? vxe_fail_errno(err, "fork") : 0;
}

static int launch(struct child *c, struct launch *l, struct vxe_error *err)
{
	int ends[2];

	_cleanup_close_ int null = child_above_stdio(open("/dev/null", O_RDONLY | O_CLOEXEC));
	if (null < 0)
		return vxe_fail_errno(err, "/dev/null");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return vxe_fail_errno(err, "pipe");
	_cleanup_close_ int out = child_above_stdio(ends[0]);
	_cleanup_close_ int in = child_above_stdio(ends[1]);
	if (out < 0 || in < 0)
		return vxe_fail_errno(err, "pipe");
	l->parent = getpid();
	l->in = null;
	l->out = l->error = in;
	pid_t pid = fork_quietly(l);

	if (pid < 0)
		return vxe_fail_errno(err, "fork");
	*c = (struct child){ .pid = pid, .out = out, .whole = l->survives };
	out = -1;
	return 0;
}

int child_start(struct child *c, const char *const argv[], struct vxe_error *err)
{
	_cleanup_free_ char **env = child_environment(0);
	/* execve() takes its texts as non-const, for historical reasons only. */
	struct launch l = { .argv = (char *const *)(const void *)argv, .env = env };

	return launch(c, &l, err);
}

/*
 * Adds malloc settings to qemu-nbd's environment, unless the user has set them; returns the new number of entries.
 * qemu-nbd takes a new buffer for each request and frees it; with glibc's defaults the memory goes back to the
 * kernel each time, and a third of qemu-nbd's time is page faults.
 */
static size_t keep_memory(char **env, size_t n)
{
	static char limits[][40] = { "MALLOC_TRIM_THRESHOLD_=33554432",
		"MALLOC_MMAP_THRESHOLD_=4194304" };
	size_t users = n;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		size_t name = strcspn(limits[i], "=") + 1, k = 0;

		while (k < users && strncmp(env[k], limits[i], name) != 0)
			k++;
		if (k == users)
			env[n++] = limits[i];
	}
	return n;
}

int child_start_server(
	struct child *c, const char *const argv[], int listening, struct vxe_error *err)
{
	static char one[] = "LISTEN_FDS=1";
	_cleanup_free_ char **env = child_environment(4);
	char pid[sizeof(LISTEN_PID) + 24] = LISTEN_PID;
	_cleanup_close_ int fd = child_above_stdio(fcntl(listening, F_DUPFD_CLOEXEC, 0));
	struct launch l = { .argv = (char *const *)(const void *)argv,
		.env = env,
		.listen_pid = pid,
		.listening = fd };
	size_t n = 0;

	if (fd < 0)
		return vxe_fail_errno(err, "the socket of %s", argv[0]);
	while (env[n])
		n++;
	n = keep_memory(env, n);
	env[n++] = one;
	env[n] = pid;
	return launch(c, &l, err);
}

void child_stop(struct child *c)
{
	if (c->stopped)
		return;
	c->stopped = true;
	(void)kill(c->pid, c->mild ? SIGTERM : SIGKILL);
}

/*
 * Waits until one of @n child processes has output or has ended, and returns its index. After a signal to vxe stops
 * all of them that may be stopped.
 */
static size_t wait_output(struct child *const children[], size_t n)
{
	_cleanup_free_ struct pollfd *polls = xcalloc(n, sizeof(*polls));
	size_t i = 0;

	for (i = 0; i < n; i++)
		polls[i] = (struct pollfd){ .fd = children[i]->out, .events = POLLIN };
	while (poll(polls, n, LOOK_MS) <= 0)
		for (i = 0; i < n && watch_asked(); i++)
			if (!children[i]->whole)
				child_stop(children[i]);
	for (i = 0; i + 1 < n && !polls[i].revents; i++)
		;
	return i;
}

/*
 * Collects the output of @n child processes until one of them ends, whose index is *which. Reads everything, so that
 * no child blocks on a full pipe, but keeps only the beginning of each output.
 */
static int collect_output(struct child *const children[], size_t n, size_t *which)
{
	char buf[4096];

	for (;;) {
		*which = wait_output(children, n);
		struct str *said = &children[*which]->said;
		ssize_t got = read(children[*which]->out, buf, sizeof(buf));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		size_t room = OUTPUT_MAX - said->len;

		str_add_bytes(said, buf, (size_t)got < room ? (size_t)got : room);
	}
}

int child_wait_any(struct child *const children[], size_t n, size_t *which, char **output,
	struct vxe_error *err)
{
	/*
	 * The watchdog (watch_begin()) may end vxe after a signal, so it is not set for a child that must not be
	 * stopped, or that still undoes its work after a signal.
	 */
	const bool watched = !children[0]->whole && !children[0]->mild;
	int status;

	if (watched)
		watch_begin("child", WATCH_WORKS);
	int collected = collect_output(children, n, which);
	int saved = errno;
	struct child *c = children[*which];
	_cleanup_str_ struct str said = c->said;
	_cleanup_close_ int out = c->out;

	c->said = (struct str){ 0 };
	c->out = -1;
	pid_t reaped;

	while ((reaped = waitpid(c->pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (watched)
		watch_end();
	if (reaped < 0)
		return vxe_fail_errno(err, "waiting for process %d", (int)c->pid);
	errno = saved;
	if (collected < 0)
		return vxe_fail_errno(err, "reading from process %d", (int)c->pid);
	if (output)
		*output = str_steal(&said);
	return WIFSIGNALED(status) ? CHILD_SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}

int child_wait(struct child *c, char **output, struct vxe_error *err)
{
	size_t which;

	return child_wait_any(&c, 1, &which, output, err);
}

int child_fail(int status, const char *output, const char *file, struct vxe_error *err)
{
	/* The second line of QEMU's error says which file is locked: perhaps a backing file of the image. */
	const char *locked = strstr(output, "\nIs another process using the image ");
	size_t first = strcspn(output, "\n");
	_cleanup_free_ char *line = locked ? xasprintf("%.*s. %.*s", (int)first, output,
						     (int)strcspn(locked + 1, "\n"), locked + 1)
					   : xstrndup(output, first);

	if (!*line) {
		free(line);
		line = status > CHILD_SIGNALED
			? xasprintf("killed by signal %d", status - CHILD_SIGNALED)
			: xasprintf("exit status %d", status);
	}
	vxe_fail(err, VXE_IMAGE_FAILED, file, line);
	error_note(err, "%s", output);
	return -1;
}

static int finish(struct child *c, const char *file, char **output, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	int status = child_wait(c, &text, err);

	if (status < 0)
		return -1;
	if (status > 0 && c->stopped)
		return vxe_fail(err, TASK_CANCELLED, file);
	if (status > 0)
		return child_fail(status, text, file, err);
	if (output)
		*output = TAKE(text);
	return 0;
}

int child_run(const char *const argv[], const char *file, char **output, struct vxe_error *err)
{
	struct child c;

	return child_start(&c, argv, err) < 0 ? -1 : finish(&c, file, output, err);
}

int child_run_whole(const char *const argv[], const char *file, struct vxe_error *err)
{
	_cleanup_free_ char **env = child_environment(0);
	struct launch l = {
		.argv = (char *const *)(const void *)argv, .env = env, .survives = true
	};
	struct child c;

	return launch(&c, &l, err) < 0 ? -1 : finish(&c, file, NULL, err);
}
