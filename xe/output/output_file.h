/* SPDX-License-Identifier: MIT */
/* A new file for the caller, which nobody sees before it is complete. */
#pragma once

#include "objects/base/str.h"

struct io;

struct io_draft {
	int fd;
	char *path; /* its final path; NULL: it is the standard output */
	char *temp; /* its temporary name, if the file system needs one; else NULL */
};

/* For struct io: files of the local file system that have no name yet. */
int io_draft_open(void *ctx, const char *path, struct io_draft *ret);
int io_draft_keep(void *ctx, struct io_draft *d);
void io_draft_drop(void *ctx, struct io_draft *d);

/*
 * The target of content: a draft of the file at @path, or ("") the standard output. The content is
 * written when io_keep() returns 0; io_drop() has no effect after that.
 */
int io_open(const struct io *io, const char *path, struct io_draft *ret) _must_check_;
int io_keep(const struct io *io, struct io_draft *d) _must_check_;
void io_drop(const struct io *io, struct io_draft *d);
