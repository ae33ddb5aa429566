/* SPDX-License-Identifier: MIT */
/* Runs curl as a child that writes to a pipe, so that the data are stored nowhere else. */
#include "backends/xva/download.h"

#include "backends/child/child.h"
#include "backends/child/child_filter.h"
#include "backends/xva/ova.h"
#include "objects/base/clock.h"
#include "objects/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#define CURL_WRITE_ERROR                                                                           \
	23 /* curl's exit status if vxe has closed the pipe because it had read enough */
#define PATIENCE_MS 1000
#define PERIOD_MS 5

/* Checks the scheme and the characters of a URL, because curl reads the URL from a line of text. */
static bool is_web(const char *url)
{
	for (const char *c = url; *c; c++)
		if ((*c > 0 && *c <= ' ') || *c == '"' || *c == '\\' || *c == 127)
			return false;
	return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

/* True if the host name is ASCII: curl would interpret other characters by the locale. */
static bool has_plain_host(const char *url)
{
	const char *from = strstr(url, "://") + 3, *end = from + strcspn(from, "/?#");

	for (const char *c = from; c < end; c++)
		if (*c == '@')
			from = c + 1;
	for (const char *c = from; c < end; c++)
		if (*c < 0)
			return false;
	return true;
}

/* The URL with each non-ASCII byte outside the host name as %XX; NULL: the URL is not UTF-8. */
static char *plain_address(const char *url)
{
	_cleanup_str_ struct str s = { 0 };

	while (*url) {
		uint32_t code;
		size_t n = utf8_character(url, &code);

		if (!n)
			return NULL;
		if (n == 1)
			str_add_bytes(&s, url, 1);
		for (size_t i = 0; n > 1 && i < n; i++)
			str_addf(&s, "%%%02X", (unsigned char)url[i]);
		url += n;
	}
	return str_steal(&s);
}

int download_begin(struct download *d, const char *url, struct vxe_error *err)
{
	int ends[2];

	*d = (struct download){ .fd = -1, .said = -1 };
	_cleanup_free_ char *plain = is_web(url) && has_plain_host(url) ? plain_address(url) : NULL;
	if (!plain)
		return vxe_fail(err, INVALID_VALUE, "url", url);
	_cleanup_free_ char *line = xasprintf("url = \"%s\"\n", plain);
	_cleanup_close_ int config = child_text_file("config", line);

	d->said = child_text_file("error", "");
	if (config < 0 || d->said < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return vxe_fail_errno(err, "pipe");
	d->fd = child_above_stdio(ends[0]);
	_cleanup_close_ int out = child_above_stdio(ends[1]);

	if (d->fd < 0 || out < 0)
		return vxe_fail_errno(err, "pipe");
	/* Starts curl. The address is not on its command line, where every user could read a password. */
	const char *const argv[] = { "curl", "--disable", "--silent", "--show-error", "--fail",
		"--globoff", "--location", "--max-redirs", "10", "--proto", "=http,https",
		"--connect-timeout", "60", "--config", "-", NULL };
	const struct child_files files = { config, out, d->said, NULL };

	return child_start_files(&d->pid, argv, &files, err);
}

/*
 * Waits until curl ends and returns its exit status; -1 if a signal ended it. Kills curl after PATIENCE_MS, even if
 * it waits for its server.
 */
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

/* Ends curl, and returns true if it has failed. A failed write because vxe has closed the pipe is no failure. */
static bool has_failed(struct download *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	if (d->pid > 0)
		d->status = wait_for(d->pid);
	d->pid = 0;
	return d->status > 0 && d->status != CURL_WRITE_ERROR;
}

static int fail_download(const struct download *d, struct vxe_error *err)
{
	_cleanup_free_ char *said = child_file_text(d->said);

	if (said)
		said[strcspn(said, "\n")] = '\0';
	return ova_fail(err, "%s", str_is_empty(said) ? "curl failed" : said);
}

int download_check(struct download *d, struct vxe_error *err)
{
	return has_failed(d) ? fail_download(d, err) : 0;
}

void download_end(struct download *d, struct vxe_error *err)
{
	if (has_failed(d) &&
		(err->code == IMPORT_ERROR || err->code == IMPORT_ERROR_PREMATURE_EOF ||
			err->code == IMPORT_ERROR_UNEXPECTED_FILE)) {
		error_clear(err);
		(void)fail_download(d, err);
	}
	if (d->said >= 0)
		close(d->said);
	*d = (struct download){ .fd = -1, .said = -1 };
}
