/* SPDX-License-Identifier: MIT */
/* A long text on a terminal: what is printed is collected, and shown through the user's pager if it is too long. */
#pragma once

#include "xe/output/io.h"

struct pager {
	struct io io; /* collects the output; all else goes to the io that pager_begin() got */
	const struct io *to;
	struct str text;
};
/* @to stays in use until pager_end(). */
void pager_begin(struct pager *p, const struct io *to);
/*
 * Shows what was collected: through the program of @command, whose words are separated by blanks, if the text has more
 * lines than the terminal; else, without a @command (NULL), or if the program cannot be run, as it is. Returns -1 with
 * errno if the text cannot be written.
 */
int pager_end(struct pager *p, const char *command) _must_check_;

/*
 * For the member page of struct io: runs the program @argv, ended by NULL, on the terminal of the process, with the text
 * as its input. That it ends before it has read everything is no error.
 */
int stdio_page(void *ctx, const char *const *argv, const char *text, size_t n);
