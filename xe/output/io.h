/* SPDX-License-Identifier: MIT */
/*
 * Input and output of a command. Handlers print, prompt and open the caller's files only through
 * this, so they can serve a remote caller as well as a terminal.
 */
#pragma once

#include "objects/base/str.h"
#include "xe/output/output_file.h"

struct io {
	/* Writes bytes to the output; -1 with errno if they cannot be written. */
	int (*out)(void *ctx, const char *data, size_t n);
	int (*error)(void *ctx, const char *data, size_t n);
	/*
	 * May be NULL. Says that a line of so many columns stays on the terminal of error() without its end; 0: none
	 * does.
	 */
	void (*stays)(void *ctx, size_t columns);
	/* Passes all output on; returns 0 if that has succeeded. */
	int (*flush)(void *ctx);
	/* Reads a line of the caller's input, owned, without its end; -1 at the end of the input. */
	int (*ask)(void *ctx, char **ret);
	/* Opens a file of the caller; -1 with errno. */
	int (*file_read)(void *ctx, const char *path);
	/* A new descriptor for where out() writes, for content; -1 with errno. */
	int (*out_fd)(void *ctx);
	/* A descriptor of the standard input, for content; -1: there is none. */
	int (*in_fd)(void *ctx);
	/*
	 * A new file that only its owner can read, and that gets its name when it is complete and
	 * synced. Never replaces a file: -1 with EEXIST. Handlers use io_open() below.
	 */
	int (*draft_open)(void *ctx, const char *path, struct io_draft *ret);
	int (*draft_keep)(void *ctx, struct io_draft *d);
	void (*draft_drop)(void *ctx, struct io_draft *d); /* does nothing after draft_keep() */
	bool in_is_terminal;
	bool out_is_terminal;
	bool error_is_terminal;
	/* Of a terminal: its width (0: it is none), and whether colours are wanted. */
	size_t columns;
	bool colour;
	bool unicode; /* the output may have characters of UTF-8 that are not ASCII */
	void *ctx;
};

/* The standard streams of the process. */
struct io io_stdio(void);
/* Removes the line that stays on the error stream's terminal, if there is one. A signal handler may call it. */
void io_stdio_wipe(void);

/* Prints a line to the error stream; if that fails, nobody can be told. */
void io_error_line(const struct io *io, const char *text);

/* Reads a small text file; -1 with errno, which is EFBIG if the file is too large. */
int io_read_text(const struct io *io, const char *path, struct str *ret) _must_check_;
