/* SPDX-License-Identifier: MIT */
/*
 * Input and output of a command. Handlers print, prompt and open the caller's files only through a struct io, so they
 * can serve a remote caller as well as a terminal.
 */
#pragma once

#include "objects/base/str.h"
#include "xe/output/output_file.h"

struct io {
	/* Write bytes to the caller's output or error stream; return -1 with errno if that fails. */
	int (*out)(void *ctx, const char *data, size_t n);
	int (*error)(void *ctx, const char *data, size_t n);
	/*
	 * Reports that a line of so many columns, without a newline (a progress bar), stays on the terminal of the
	 * error stream; 0: no such line stays. May be NULL.
	 */
	void (*stays)(void *ctx, size_t columns);
	/* Flushes the output; returns 0 on success. */
	int (*flush)(void *ctx);
	/*
	 * Reads a line of the caller's input without its newline into *ret (owned); returns -1 at the end of the input.
	 */
	int (*ask)(void *ctx, char **ret);
	/* Opens a file of the caller for reading; returns a descriptor, or -1 with errno. */
	int (*file_read)(void *ctx, const char *path);
	/* A new descriptor for the stream to which out() writes, for content such as an archive; -1 with errno. */
	int (*out_fd)(void *ctx);
	/* A descriptor of the caller's standard input, for content such as an image; -1: there is none. */
	int (*in_fd)(void *ctx);
	/*
	 * Opens a new file that only its owner can read; draft_keep() gives the file its name when it is complete and
	 * synced. An existing file is never replaced: -1 with EEXIST. Handlers call io_open() of output_file.h.
	 */
	int (*draft_open)(void *ctx, const char *path, struct io_draft *ret);
	int (*draft_keep)(void *ctx, struct io_draft *d);
	/* Closes a new file; its content is lost unless draft_keep() has succeeded before. */
	void (*draft_drop)(void *ctx, struct io_draft *d);
	/*
	 * Shows a text on the caller's terminal through the program @argv, ended by NULL; -1: it cannot be run, and
	 * nothing was shown. May be NULL.
	 */
	int (*page)(void *ctx, const char *const *argv, const char *text, size_t n);
	bool in_is_terminal;
	bool out_is_terminal;
	bool error_is_terminal;
	/*
	 * Of the terminal at the output: its width in columns and its lines (0: there is no terminal), and whether
	 * colours are wanted.
	 */
	size_t columns, rows;
	bool colour;
	bool unicode; /* the output may have characters of UTF-8 that are not ASCII */
	void *ctx;
};

/* The standard streams of the process. */
struct io io_stdio(void);
/*
 * Blanks the unfinished line (a progress bar) on the terminal of the error stream, if there is one. A signal handler
 * may call it.
 */
void io_stdio_wipe(void);

/* Prints a line to the error stream; a failure is ignored, because nobody can be told. */
void io_error_line(const struct io *io, const char *text);

/* Reads a small text file into @ret; returns -1 with errno, which is EFBIG if the file is too large. */
int io_read_text(const struct io *io, const char *path, struct str *ret) _must_check_;
