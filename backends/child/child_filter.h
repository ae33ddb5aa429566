/* SPDX-License-Identifier: MIT */
/* Runs a child as a filter: text goes in, text comes out. */
#pragma once

#include "objects/base/error.h"

struct child_output {
	int status; /* exit status of the child */
	int signal; /* signal that killed the child; 0: none */
	char *out, *error;
	bool too_large; /* the child was ended because it wrote more than 16 MiB; the rest is missing */
};
void child_output_clear(struct child_output *o);
#define _cleanup_child_output_ _cleanup_(child_output_clear)
struct child_watch {
	bool (*cancelled)(void *ctx); /* may be NULL */
	void *ctx;
	/* environment variables to add, as "NAME=value", ended by NULL; NULL: none */
	const char *const *env;
};
/*
 * Runs argv[0] to its end with the text @input as its standard input. If @watch->cancelled() returns true the child
 * is stopped, and the call fails with TASK_CANCELLED(argv[0]).
 */
int child_filter(const char *const argv[], const char *input, const struct child_watch *watch,
	struct child_output *ret, struct vxe_error *err) _must_check_;
/*
 * Makes a file without a path (memfd) that holds @text. Returns a descriptor at the file's beginning, or -1 with
 * errno.
 */
int child_text_file(const char *name, const char *text);
/* The whole content of the open file @fd as text, at most 16 MiB, owned; NULL with errno. */
char *child_file_text(int fd);
