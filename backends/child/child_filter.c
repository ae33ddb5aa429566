/* SPDX-License-Identifier: MIT */
/*
 * Runs a child process as a filter: it reads a text, and its stdout and stderr are kept separately. All three are
 * files without a name (memfd_create()), so neither side ever waits for the other to read.
 */
#include "backends/child/child_filter.h"

#include "backends/child/child.h"
#include "objects/base/clock.h"
#include "objects/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define OUTPUT_MAX (16 << 20)
#define PERIOD_MS 20
#define PATIENCE_MS 2000 /* time from SIGTERM to SIGKILL */

void child_output_clear(struct child_output *o)
{
	free(o->out);
	free(o->error);
	*o = (struct child_output){ 0 };
}

int child_text_file(const char *name, const char *text)
{
	_cleanup_close_ int fd =
		child_above_stdio(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));

	if (fd < 0 || fd_write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	int ret = fd;

	fd = -1;
	return ret;
}

char *child_file_text(int fd)
{
	_cleanup_str_ struct str text = { 0 };
	char block[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, block, sizeof(block), at)) > 0) {
		str_add_bytes(&text, block, (size_t)n);
		at += n;
		if (at >= OUTPUT_MAX)
			break;
	}
	return n < 0 ? NULL : xstrdup(str_text(&text));
}

static bool is_too_large(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > OUTPUT_MAX;
}

/*
 * Waits for the child; stops it if the caller cancels, or if its output, which is in memory, grows too large.
 * Returns 1 if the child was stopped.
 */
static int wait_or_stop(
	pid_t pid, const struct child_watch *watch, const struct child_files *files, int *status)
{
	int64_t since = 0;

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got < 0 && errno != EINTR)
			return -1;
		if (got == pid)
			return since != 0;
		if (!since &&
			((watch->cancelled && watch->cancelled(watch->ctx)) ||
				is_too_large(files->out) || is_too_large(files->error)))
			since = clock_ms();
		if (since) /* signals go to its process group */
			(void)kill(-pid, clock_ms() - since < PATIENCE_MS ? SIGTERM : SIGKILL);
		clock_sleep_ms(PERIOD_MS);
	}
}

int child_filter(const char *const argv[], const char *input, const struct child_watch *watch,
	struct child_output *ret, struct vxe_error *err)
{
	_cleanup_close_ int in = child_text_file("input", input);
	_cleanup_close_ int out = child_text_file("output", ""),
			    error = child_text_file("error", "");
	struct child_files files = { in, out, error, watch->env };
	int status, stopped;
	pid_t pid;

	if (in < 0 || out < 0 || error < 0)
		return vxe_fail_errno(err, "a file for %s", argv[0]);
	if (child_start_files(&pid, argv, &files, err) < 0)
		return -1;
	stopped = wait_or_stop(pid, watch, &files, &status);
	if (stopped < 0)
		return vxe_fail_errno(err, "waiting for process %d", (int)pid);
	/*
	 * Seals both output files: processes that the child has left behind may go on, but cannot make the files
	 * longer.
	 */
	(void)fcntl(out, F_ADD_SEALS, F_SEAL_GROW);
	(void)fcntl(error, F_ADD_SEALS, F_SEAL_GROW);
	ret->too_large = is_too_large(out) || is_too_large(error);
	if (stopped && !ret->too_large)
		return vxe_fail(err, TASK_CANCELLED, argv[0]);
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	ret->status = WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
	ret->out = child_file_text(out);
	ret->error = ret->out ? child_file_text(error) : NULL;
	return ret->error ? 0 : vxe_fail_errno(err, "the output of %s", argv[0]);
}
