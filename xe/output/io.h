/* SPDX-License-Identifier: MIT */
/*
 * Input and output of a command. Handlers print, prompt and open the caller's files only through
 * this, so they can serve a remote caller as well as a terminal.
 */
#pragma once

#include "objects/base/str.h"
#include "xe/output/output_file.h"

struct io {
	/* -1 with errno when the bytes cannot be written. */
	int (*out)(void *ctx, const char *data, size_t n);
	int (*error)(void *ctx, const char *data, size_t n);
	/* Optional: a line of that many columns stays on error()'s terminal without its end; 0: none does. */
	void (*stays)(void *ctx, size_t columns);
	/* Returns 0 when all output has been passed on. */
	int (*flush)(void *ctx);
	/* A line of the caller's input without its line end, owned; -1 at the end of input. */
	int (*ask)(void *ctx, char **ret);
	/* The caller's file as a descriptor; -1 with errno. */
	int (*file_read)(void *ctx, const char *path);
	/* The target of out(), for content: a new descriptor; -1, errno. */
	int (*out_fd)(void *ctx);
	/* The standard input itself, for content: a descriptor; -1: none. */
	int (*in_fd)(void *ctx);
	/*
	 * A new file that only its owner can read, and that gets its name when it is complete and
	 * synced. Never replaces a file: -1 with EEXIST. Handlers use io_open() below.
	 */
	int (*draft_open)(void *ctx, const char *path, struct io_draft *ret);
	int (*draft_keep)(void *ctx, struct io_draft *d);
	void (*draft_drop)(void *ctx, struct io_draft *d); /* no effect after draft_keep() */
	bool in_is_terminal;
	bool out_is_terminal;
	bool error_is_terminal;
	/* For a terminal: its width (0: not a terminal), and whether colours are wanted. */
	size_t columns;
	bool colour;
	void *ctx;
};

/* The process's own stdin, stdout and stderr. */
struct io io_stdio(void);
/* Removes the line that stays on stderr, if one does. Callable in a signal handler. */
void io_stdio_wipe(void);

/* Prints a line to the error stream; a failure cannot be reported. */
void io_error_line(const struct io *io, const char *text);

/* Reads a small text file; -1 with errno (EFBIG above a limit). */
int io_read_text(const struct io *io, const char *path, struct str *ret) _must_check_;
