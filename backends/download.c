/* SPDX-License-Identifier: MIT */
/* curl as a child whose output is a pipe: what cannot be read is not kept anywhere. */
#include "backends/download.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "backends/child.h"
#include "backends/ova.h"
#include "objects/base/clock.h"

#define CURL_WRITE_ERROR 23 /* the pipe was closed: we had enough */
#define PATIENCE_MS 1000
#define PERIOD_MS 5

/* Of characters that an address can have: curl reads it from a line of text. */
static bool is_web(const char *url)
{
	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c == '"' || *c == '\\' || *c == 127)
			return false;
	return str_starts(url, "http://") || str_starts(url, "https://");
}

/* On no command line, where everybody could read a password that is in it. */
static int start(struct download *d, int in, int out, struct vxe_error *err)
{
	const char *const argv[] = { "curl", "--disable", "--silent", "--show-error", "--fail",
		"--globoff", "--location", "--max-redirs", "10", "--proto", "=http,https",
		"--connect-timeout", "60", "--config", "-", NULL };
	const struct child_files files = { in, out, d->said };

	return child_start_files(&d->pid, argv, &files, err);
}

int download_begin(struct download *d, const char *url, struct vxe_error *err)
{
	int ends[2];

	*d = (struct download){ .fd = -1, .said = -1 };
	if (!is_web(url))
		return vxe_fail(err, INVALID_VALUE, "url", url);
	_cleanup_free_ char *line = xasprintf("url = \"%s\"\n", url);
	_cleanup_close_ int config = child_text_file("config", line);

	d->said = child_text_file("error", "");
	if (config < 0 || d->said < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return vxe_fail_errno(err, "pipe");
	d->fd = child_above_stdio(ends[0]);
	_cleanup_close_ int out = child_above_stdio(ends[1]);

	if (d->fd < 0 || out < 0)
		return vxe_fail_errno(err, "pipe");
	return start(d, config, out, err);
}

/* Its exit status; -1 when it was not its own end. A server that keeps it waiting is not waited for. */
static int wait_for(pid_t pid)
{
	int64_t since = clock_ms();
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		if (clock_ms() - since > PATIENCE_MS)
			(void)kill(pid, SIGKILL);
		clock_sleep_ms(PERIOD_MS);
	}
}

static bool is_about_content(const struct vxe_error *err)
{
	return err->code == IMPORT_ERROR || err->code == IMPORT_ERROR_PREMATURE_EOF ||
	       err->code == IMPORT_ERROR_UNEXPECTED_FILE;
}

void download_end(struct download *d, struct vxe_error *err)
{
	if (d->fd >= 0)
		close(d->fd);
	int status = d->pid > 0 ? wait_for(d->pid) : 0;

	if (status > 0 && status != CURL_WRITE_ERROR && is_about_content(err)) {
		_cleanup_free_ char *said = child_file_text(d->said);

		error_clear(err);
		if (said)
			said[strcspn(said, "\n")] = '\0';
		(void)ova_fail(err, "%s", str_is_empty(said) ? "curl failed" : said);
	}
	if (d->said >= 0)
		close(d->said);
	*d = (struct download){ .fd = -1, .said = -1 };
}
