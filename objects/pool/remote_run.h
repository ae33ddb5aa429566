/* SPDX-License-Identifier: MIT */
/*
 * Runs a command on another host, and passes its streams on. The other side first writes a NUL to its error stream: what
 * comes before it, such as ssh's words, is not vxe's.
 */
#pragma once

#include "objects/base/error.h"

struct remote_streams {
	/* Takes output; false: nobody wants it any more. */
	bool (*out)(void *ctx, const char *data, size_t n);
	void (*error)(void *ctx, const char *data, size_t n); /* takes what the error stream has */
	/* true once a signal has asked the program to end; the other side is then told to stop */
	bool (*cancelled)(void *ctx);
	void *ctx;
	int file_out; /* an open file that gets the output; -1: out() */
	/* Whose content is its input: an open file, or a stream that is passed on; -1: it is not. */
	int file_in, stream_in;
};

struct remote_end {
	bool begun; /* vxe has run there */
	bool stopped; /* a signal has ended what connects the hosts, so the end of the command is unknown */
	int status;	  /* exit status; 128 and the number of a signal */
	struct str said;  /* not begun: what the error stream had, at most 4 KiB */
	struct str error; /* what came behind a second NUL */
};
void remote_end_clear(struct remote_end *e);
#define _cleanup_remote_end_ _cleanup_(remote_end_clear)

int remote_run(const struct strv *argv, const struct remote_streams *streams,
	struct remote_end *ret, struct vxe_error *err) _must_check_;
