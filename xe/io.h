/* SPDX-License-Identifier: MIT */
/*
 * Where a command's words come from and go to. Handlers write, ask and open the caller's files only
 * through this, so that they can serve a remote caller as well as a terminal.
 */
#pragma once

#include "objects/base/str.h"
#include "xe/io_draft.h"

struct io {
	/* -1 with errno when the bytes cannot be written. */
	int (*out)(void *ctx, const char *data, size_t n);
	int (*error)(void *ctx, const char *data, size_t n);
	/* What was written is with the reader when this returns 0. */
	int (*flush)(void *ctx);
	/* A line of the caller's input without its end, owned; -1 at the end of input. */
	int (*ask)(void *ctx, char **ret);
	/* The caller's file as a descriptor; -1 with errno. */
	int (*file_read)(void *ctx, const char *path);
	/* What out() writes to, for content: a descriptor of the handler's own; -1, errno. */
	int (*out_fd)(void *ctx);
	/* The standard input itself, for content: a descriptor; -1: there is none. */
	int (*in_fd)(void *ctx);
	/*
	 * A new file, for its owner alone, which gets its name when it is complete and synced. No
	 * file is ever replaced: -1 with EEXIST. Handlers use io_open() below.
	 */
	int (*draft_open)(void *ctx, const char *path, struct io_draft *ret);
	int (*draft_keep)(void *ctx, struct io_draft *d);
	void (*draft_drop)(void *ctx, struct io_draft *d); /* harmless behind draft_keep() */
	bool out_is_terminal;
	bool error_is_terminal;
	/* Of a terminal: its width, 0 when it is none; and whether colours are wanted there. */
	size_t columns;
	bool colour;
	void *ctx;
};

/* The process's own stdin, stdout and stderr. */
struct io io_stdio(void);

/* A line on the error stream; it has nowhere to complain to when that fails. */
void io_error_line(const struct io *io, const char *text);

/* A small text file whole; -1 with errno (EFBIG above a limit). */
int io_read_text(const struct io *io, const char *path, struct str *ret) _must_check_;
