/* SPDX-License-Identifier: MIT */
/* struct io for the standard streams, and functions that work with every struct io. */
#include "xe/output/io.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "objects/base/escape.h"
#include "xe/output/pager.h"

#define TEXT_FILE_MAX ((size_t)1 << 20)

/* columns of the unfinished line (a progress bar) on the terminal, for a signal handler */
static volatile sig_atomic_t staying;

static int stream_write(FILE *f, const char *data, size_t n)
{
	return fwrite(data, 1, n, f) == n ? 0 : -1;
}

static int stdio_out(void *ctx, const char *data, size_t n)
{
	(void)ctx;
	return stream_write(stdout, data, n);
}

static int stdio_error(void *ctx, const char *data, size_t n)
{
	(void)ctx;
	/*
	 * Output and error stream often go to the same terminal or file: flushing the output first keeps the order of
	 * the calls.
	 */
	if (fflush(stdout) != 0)
		return -1;
	return stream_write(stderr, data, n);
}

static void stdio_stays(void *ctx, size_t columns)
{
	(void)ctx;
	staying = (sig_atomic_t)columns;
}

void io_stdio_wipe(void)
{
	static const char blank[] = "                ";
	ssize_t n = 0;

	if (!staying)
		return;
	n += write(STDERR_FILENO, "\r", 1);
	for (size_t left = (size_t)staying, part; left; left -= part) {
		part = left < strlen(blank) ? left : strlen(blank);
		n += write(STDERR_FILENO, blank, part);
	}
	n += write(STDERR_FILENO, "\r", 1);
	/* errors are ignored: if the terminal cannot be written, no line is there to be removed */
	(void)n;
}

static int stdio_flush(void *ctx)
{
	(void)ctx;
	return fflush(stdout) == 0 ? 0 : -1;
}

static int stdio_ask(void *ctx, char **ret)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	(void)ctx;
	n = getline(&line, &cap, stdin);
	if (n < 0)
		return -1;
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	*ret = TAKE(line);
	return 0;
}

static int stdio_file_read(void *ctx, const char *path)
{
	(void)ctx;
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The size of the terminal at the standard output; 0: the output is no terminal, or its size is unknown. */
static struct winsize terminal_size(void)
{
	struct winsize size = { 0 };

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size : (struct winsize){ 0 };
}

/* True if colours are wanted, by the rule of no-color.org. */
static bool colours_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && str_is_empty(no) && term && !str_eq(term, "dumb");
}

/* True if the user's locale has UTF-8. */
static bool is_unicode(void)
{
	locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = user && str_eq(nl_langinfo_l(CODESET, user), "UTF-8");

	if (user)
		freelocale(user);
	return utf8;
}

static int stdio_out_fd(void *ctx)
{
	(void)ctx;
	return fflush(stdout) == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
}

static int stdio_in_fd(void *ctx)
{
	(void)ctx;
	return STDIN_FILENO;
}

struct io io_stdio(void)
{
	const struct winsize size = terminal_size();

	return (struct io){
		.out = stdio_out,
		.error = stdio_error,
		.stays = stdio_stays,
		.flush = stdio_flush,
		.ask = stdio_ask,
		.file_read = stdio_file_read,
		.out_fd = stdio_out_fd,
		.in_fd = stdio_in_fd,
		.draft_open = io_draft_open,
		.draft_keep = io_draft_keep,
		.draft_drop = io_draft_drop,
		.in_is_terminal = isatty(STDIN_FILENO),
		.out_is_terminal = isatty(STDOUT_FILENO),
		.error_is_terminal = isatty(STDERR_FILENO),
		.page = stdio_page,
		.columns = size.ws_col,
		.rows = size.ws_row,
		.colour = colours_wanted(),
		.unicode = is_unicode(),
	};
}

void io_error_line(const struct io *io, const char *text)
{
	_cleanup_free_ char *safe = shown_lines(text), *line = xasprintf("%s\n", safe);

	(void)io->error(io->ctx, line, strlen(line));
}

int io_read_text(const struct io *io, const char *path, struct str *ret)
{
	_cleanup_close_ int fd = io->file_read(io->ctx, path);
	char block[4096];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, block, sizeof(block))) > 0) {
		str_add_bytes(ret, block, (size_t)n);
		if (ret->len > TEXT_FILE_MAX) {
			errno = EFBIG;
			return -1;
		}
	}
	return n < 0 ? -1 : 0;
}
