/* SPDX-License-Identifier: MIT */
#include "xe/output/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "xe/output/terminal_text.h"

extern char **environ;

/* ---- the program ----------------------------------------------------------------------------- */

/* Starts the program with @input as its standard input; returns its process, or -1. */
static pid_t start_pager(const char *const *argv, int input)
{
	posix_spawn_file_actions_t files;
	pid_t pid;

	if (posix_spawn_file_actions_init(&files) != 0)
		return -1;
	/* posix_spawnp() takes its texts as non-const, for historical reasons only. */
	int failed = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO) ||
		posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);

	posix_spawn_file_actions_destroy(&files);
	return failed ? -1 : pid;
}

/* Writes the text into the pipe to the pager, which may close it at any time. */
static void feed(int to, const char *text, size_t n)
{
	for (ssize_t done; n; text += done, n -= (size_t)done) {
		done = write(to, text, n);
		if (done < 0 && errno != EINTR)
			return;
		if (done < 0)
			done = 0;
	}
}

/*
 * The pager has the terminal, so ^C is for it alone. With the pager less, nobody who has not set LESS is kept in it by a
 * text that fits, and it shows colours and leaves the text on the screen.
 */
int stdio_page(void *ctx, const char *const *argv, const char *text, size_t n)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction interrupt, quit;
	int ends[2];

	(void)ctx;
	if (!argv[0] || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	(void)setenv("LESS", "FRX", 0);
	pid_t pid = start_pager(argv, ends[0]);

	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return -1;
	}
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	feed(ends[1], text, n);
	close(ends[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return 0;
}

/* ---- the text -------------------------------------------------------------------------------- */

static int collect_out(void *ctx, const char *data, size_t n)
{
	struct pager *p = ctx;

	str_add_bytes(&p->text, data, n);
	return 0;
}

static int collect_error(void *ctx, const char *data, size_t n)
{
	const struct pager *p = ctx;

	return p->to->error(p->to->ctx, data, n);
}

static int collect_flush(void *ctx)
{
	(void)ctx;
	return 0;
}

void pager_begin(struct pager *p, const struct io *to)
{
	*p = (struct pager){ .io = *to, .to = to };
	p->io.out = collect_out;
	p->io.error = collect_error;
	p->io.flush = collect_flush;
	p->io.stays = NULL;
	p->io.ctx = p;
}

/* How many lines of the terminal the text fills. */
static size_t lines_shown(const char *text, size_t columns)
{
	size_t lines = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		_cleanup_free_ char *line = xstrndup(text, len);
		size_t width = text_width(line);

		lines += columns && width > columns ? (width + columns - 1) / columns : 1;
		text += len + (text[len] == '\n');
	}
	return lines;
}

/* Shows the text through the pager; false: it is shown without one. */
static bool page(const struct pager *p, const char *command)
{
	_cleanup_strv_ struct strv words = { 0 };
	_cleanup_free_ const char **argv = NULL;
	size_t n = 0;

	/* The shell's prompt needs a line, too. */
	if (!command || !p->to->page || !p->to->rows ||
		lines_shown(str_text(&p->text), p->to->columns) < p->to->rows)
		return false;
	strv_split(&words, command, ' ');
	argv = xcalloc(words.n + 1, sizeof(*argv));
	for (size_t i = 0; i < words.n; i++)
		if (*words.items[i])
			argv[n++] = words.items[i];
	return p->to->page(p->to->ctx, argv, str_text(&p->text), p->text.len) == 0;
}

int pager_end(struct pager *p, const char *command)
{
	int r = 0;

	if (p->text.len && !page(p, command))
		r = p->to->out(p->to->ctx, str_text(&p->text), p->text.len);
	str_clear(&p->text);
	return r;
}
