/* SPDX-License-Identifier: MIT */
/* A struct io that keeps the output and provides given lines as input. */
#pragma once

#include "xe/output/io.h"

struct io_buffer {
	struct str out;
	struct str error;
	int content;		    /* a file with the output to out_fd(); 0: none */
	const char *const *answers; /* NULL-terminated; NULL: end of input */
	size_t n_flushed;
	int out_errno;	/* nonzero: writing to out fails with this error */
	size_t columns; /* nonzero: the output is a terminal of that width, without colours */
	bool unicode;
};
struct io io_buffered(struct io_buffer *b);
void io_buffer_clear(struct io_buffer *b);
#define _cleanup_io_buffer_ _cleanup_(io_buffer_clear)
