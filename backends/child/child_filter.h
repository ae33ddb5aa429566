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
	const char *const *env; /* more of the environment, as in struct child_files */
};
/*
 * Runs argv[0] to its end; its standard input is @input. If @watch returns true the child is stopped:
 * TASK_CANCELLED(argv[0]).
 */
int child_filter(const char *const argv[], const char *input, const struct child_watch *watch,
	struct child_output *ret, struct vxe_error *err) _must_check_;
/* A file without a name that holds the text, at its beginning; -1 with errno. */
int child_text_file(const char *name, const char *text);
/* The content of the file, owned; NULL with errno. */
char *child_file_text(int fd);
