/* SPDX-License-Identifier: MIT */
/* A new file for the caller, which nobody sees before it is complete. */
#pragma once

#include "objects/base/str.h"

struct io;

struct io_draft {
	int fd;
	char *path; /* final path of the file; NULL: the standard output */
	char *temp; /* temporary name of the file, if the file system needs one; else NULL */
};

/* The functions of struct io for new files on a local file system, which get their name when they are complete. */
int io_draft_open(void *ctx, const char *path, struct io_draft *ret);
int io_draft_keep(void *ctx, struct io_draft *d);
void io_draft_drop(void *ctx, struct io_draft *d);

/*
 * Opens the target of content such as an archive: a new file, which gets the name @path when it is complete or, if
 * @path is "", the standard output. All content is written when io_keep() returns 0. io_drop() must follow in any case;
 * it deletes a file that io_keep() has not completed.
 */
int io_open(const struct io *io, const char *path, struct io_draft *ret) _must_check_;
int io_keep(const struct io *io, struct io_draft *d) _must_check_;
void io_drop(const struct io *io, struct io_draft *d);
