/* SPDX-License-Identifier: MIT */
/* A new file of the caller's that nobody sees before it is complete. */
#pragma once

#include "objects/base/str.h"

struct io;

/* A new file of the caller's that nobody sees before it is complete. */
struct io_draft {
	int fd;
	char *path; /* that it will have; NULL: it is the output */
	char *temp; /* its name meanwhile, where the file system wants one; else NULL */
};

/* Files without a name yet, in the process's own file system. */
int io_draft_open(void *ctx, const char *path, struct io_draft *ret);
int io_draft_keep(void *ctx, struct io_draft *d);
void io_draft_drop(void *ctx, struct io_draft *d);

/*
 * Where content goes that the caller asked for: a draft of the file at @path, or ("") the output
 * itself. What was written counts when io_keep() returned 0; io_drop() is harmless behind it.
 */
int io_open(const struct io *io, const char *path, struct io_draft *ret) _must_check_;
int io_keep(const struct io *io, struct io_draft *d) _must_check_;
void io_drop(const struct io *io, struct io_draft *d);
