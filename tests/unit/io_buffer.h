/* SPDX-License-Identifier: MIT */
/* A struct io that keeps what is written and answers with given lines. */
#pragma once

#include "xe/io.h"

struct io_buffer {
	struct str out;
	struct str error;
	int content;		    /* what went to out_fd(): a file; 0: nothing */
	const char *const *answers; /* closed by NULL; NULL: the input is at its end */
	size_t n_flushed;
	int out_errno; /* nonzero: writing to out fails with it */
};
struct io io_buffered(struct io_buffer *b);
void io_buffer_clear(struct io_buffer *b);
#define _cleanup_io_buffer_ _cleanup_(io_buffer_clear)
